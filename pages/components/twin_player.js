// Two videos under one set of buttons: both run from the onset of the same expression, and the second one keeps up with the first.

const SPEEDS = [0.25, 0.5, 1];
const APART_S = 0.09;
const STEP_S = 0.04;
const players = new WeakMap();

export default function mount({ data, parentElement }) {
  let player = players.get(parentElement);
  if (!player || !player.isIn(parentElement)) {
    player?.close();
    player = new Twin(parentElement);
    players.set(parentElement, player);
  }
  if (data) player.load(data);
  return player.cleanup;
}

class Twin {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".twin");
    this.videos = [...root.querySelectorAll("video")];
    this.scrub = root.querySelector(".scrub");
    this.cleanup = () => this.close();
    this.time = 0;
    this.running = false;
    const on = (selector, act) => root.querySelector(selector).addEventListener("click", act);
    on(".play", () => this.toggle());
    on(".start", () => this.seek(0));
    on(".key", () => this.largest());
    this.scrub.addEventListener("input", () => this.seek((this.length * Number(this.scrub.value)) / 1000));
    this.box.addEventListener("keydown", (event) => this.key(event));
    for (const video of this.videos) {
      video.addEventListener("error", () => this.fail());
      video.addEventListener("loadedmetadata", () => this.seek(this.time));
    }
    this.fillSpeeds();
  }

  isIn(root) {
    return !this.closed && this.box === root.querySelector(".twin");
  }

  load(data) {
    if (this.data?.version === data.version) return;
    this.pause();
    this.data = data;
    this.length = Math.max(...data.videos.map((part) => part.end - part.onset)) + this.lead();
    const figures = [...this.root.querySelectorAll("figure")];
    for (const [at, part] of data.videos.entries()) {
      const video = this.videos[at];
      video.classList.toggle("flipped", part.flip);
      figures[at].querySelector(".title").textContent = part.title;
      figures[at].querySelector(".stage").style.setProperty("--ratio", String(part.ratio));
      const { right, left } = data.sides;
      this.label(figures[at].querySelector(".on-left"), `◀ ${right.label}`, right.colour);
      this.label(figures[at].querySelector(".on-right"), `${left.label} ▶`, left.colour);
      video.setAttribute("aria-label", `${data.expression}, ${part.title}`);
      if (video.getAttribute("src") !== part.url) video.src = part.url;
    }
    this.seek(0);
  }

  label(place, text, colour) {
    place.textContent = text;
    place.style.color = colour;
  }

  // Seconds shown before the onset: as many as both videos have.
  lead() {
    return Math.min(...this.data.videos.map((part) => part.onset - part.start));
  }

  at(part, time) {
    return Math.max(0, part.onset - this.lead() + time);
  }

  seek(time) {
    if (!this.data) return;
    this.pause();
    this.place(Math.min(Math.max(time, 0), this.length));
  }

  place(time) {
    this.time = time;
    this.data.videos.forEach((part, at) => {
      if (this.videos[at].readyState > 0) this.videos[at].currentTime = this.at(part, time);
    });
    this.tell();
  }

  largest() {
    if (!this.data) return;
    this.pause();
    this.data.videos.forEach((part, at) => {
      if (this.videos[at].readyState > 0) this.videos[at].currentTime = part.key;
    });
    this.time = this.data.videos[0].key - this.at(this.data.videos[0], 0);
    this.tell("largest movement");
  }

  toggle() {
    if (this.running) this.pause();
    else this.play();
  }

  play() {
    if (!this.data) return;
    this.place(this.time >= this.length - STEP_S ? 0 : this.time);
    this.running = true;
    this.showPlaying();
    Promise.all(this.videos.map((video) => video.play())).catch((problem) => {
      if (problem.name !== "AbortError") this.fail();
    });
    const follow = () => {
      if (!this.running || this.closed) return;
      this.keepUp();
      requestAnimationFrame(follow);
    };
    requestAnimationFrame(follow);
  }

  keepUp() {
    const [first, second] = this.videos;
    const [one, other] = this.data.videos;
    this.time = first.currentTime - this.at(one, 0);
    const wanted = this.at(other, this.time);
    if (!second.seeking && !second.ended && Math.abs(second.currentTime - wanted) > APART_S) second.currentTime = wanted;
    if (this.time >= this.length || (first.ended && second.ended)) this.pause();
    this.tell();
  }

  pause() {
    this.running = false;
    for (const video of this.videos) video.pause();
    this.showPlaying();
  }

  showPlaying() {
    const button = this.root.querySelector(".play");
    button.textContent = this.running ? "❚❚" : "▶";
    button.setAttribute("aria-label", this.running ? "Pause both" : "Play both");
  }

  tell(words = "") {
    const seconds = this.time - this.lead();
    this.scrub.value = String(Math.round((1000 * this.time) / this.length));
    this.scrub.setAttribute("aria-valuetext", `${seconds.toFixed(1)} seconds from the onset`);
    const shown = `${seconds < 0 ? "−" : "+"}${Math.abs(seconds).toFixed(1)} s`;
    this.root.querySelector(".clock").textContent = words || shown;
  }

  key(event) {
    const acts = { ArrowLeft: () => this.seek(this.time - STEP_S), ArrowRight: () => this.seek(this.time + STEP_S) };
    if (!event.target.matches("button")) acts[" "] = () => this.toggle();
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  fail() {
    if (this.closed || !this.data) return;
    const problem = this.root.querySelector(".problem");
    problem.textContent = "The browser cannot play one of these videos. Reload the page; if that does not help, try another browser.";
    problem.hidden = false;
  }

  fillSpeeds() {
    const group = this.root.querySelector(".speeds");
    const buttons = SPEEDS.map((speed) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: `${speed}×`, title: `Speed ${speed}` });
      button.setAttribute("aria-pressed", String(speed === 1));
      button.addEventListener("click", () => {
        for (const video of this.videos) video.playbackRate = speed;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
      });
      return button;
    });
    group.replaceChildren(...buttons);
  }

  close() {
    this.closed = true;
    this.running = false;
    for (const video of this.videos) {
      video.pause();
      video.removeAttribute("src");
      video.load();
    }
  }
}
