// Player of one recording with its landmarks drawn over every picture. The page gets back the time at which it is paused.
//
// The data are bytes: length of the header (uint32), header (JSON, padded to 8 bytes), times of the pictures (float64, seconds),
// landmarks (int16, quarter pixels, x and y; MISSING where no face was found). All little-endian.

const SPEEDS = [0.25, 0.5, 1];
const STILL_WIDTH = 320;
const REPORT_AFTER_MS = 250;
const MARK_EVERY_MS = 400;
const players = new WeakMap();

export default function mount({ data, parentElement, setStateValue }) {
  let player = players.get(parentElement);
  if (!player || !player.isIn(parentElement)) {
    player?.close();
    player = new Player(parentElement);
    players.set(parentElement, player);
  }
  player.report = (time) => setStateValue("time_s", time);
  if (data) player.load(data);
  return player.cleanup; // the same one every time: the last one returned is the one that is called
}

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  // A copy starts at 0, so that the views below are aligned.
  const buffer = bytes.slice().buffer;
  const length = new DataView(buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  const start = Math.ceil((4 + length) / 8) * 8;
  const times = new Float64Array(buffer, start, header.frames);
  const points = new Int16Array(buffer, start + 8 * header.frames, header.frames * header.points * 2);
  return { header, times, points };
}

class Player {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".player");
    this.video = root.querySelector(".stage video");
    this.overlay = root.querySelector(".overlay");
    this.scrub = root.querySelector(".scrub");
    this.offset = 0;
    this.frame = 0;
    this.waiting = null;
    this.plots = new Set();
    this.cleanup = () => this.close();
    this.listen();
  }

  isIn(root) {
    return !this.closed && this.box === root.querySelector(".player");
  }

  load(data) {
    const { header, times, points } = unpack(data);
    if (this.header?.version === header.version) return;
    this.header = header;
    this.times = times;
    this.points = points;
    this.offset = 0;
    const ratio = header.width / header.height;
    this.box.style.setProperty("--ratio", String(ratio));
    this.video.classList.toggle("flipped", header.flip);
    this.scrub.max = String(times.length - 1);
    this.video.src = header.url;
    this.fillStrip();
    this.nameSides();
    this.show(0);
    this.makeStills();
  }

  listen() {
    const on = (selector, event, act) => this.root.querySelector(selector).addEventListener(event, act);
    on(".play", "click", () => this.toggle());
    on(".back", "click", () => this.step(-1));
    on(".next", "click", () => this.step(1));
    on(".landmarks", "change", () => this.draw());
    on(".mirror", "change", (event) => {
      this.box.classList.toggle("mirrored", event.target.checked);
      this.nameSides();
    });
    on(".stage", "click", () => this.toggle());
    this.scrub.addEventListener("input", () => this.seekFrame(Number(this.scrub.value)));
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.video.addEventListener("play", () => this.playing(true));
    this.video.addEventListener("pause", () => this.playing(false));
    this.video.addEventListener("seeked", () => this.reportSoon());
    this.video.addEventListener("error", () => this.fail());
    this.video.addEventListener("loadeddata", () => this.draw());
    this.fillSpeeds();
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.overlay);
    this.watch();
    // A chart may be drawn anew while the video stands still.
    this.marking = setInterval(() => this.times && this.markPlots(this.times[this.frame]), MARK_EVERY_MS);
  }

  // --- time -------------------------------------------------------------------------------------

  watch() {
    const video = this.video;
    if (typeof video.requestVideoFrameCallback !== "function") {
      const tick = () => {
        if (this.closed) return;
        if (this.times) this.show(this.frameAt(video.currentTime));
        requestAnimationFrame(tick);
      };
      requestAnimationFrame(tick);
      return;
    }
    const shown = (_now, picture) => {
      if (this.closed) return;
      // The clock of the file may start a little after 0; the track's clock starts with the first picture.
      if (video.currentTime === 0 && picture.mediaTime > 0 && picture.mediaTime < 1) this.offset = picture.mediaTime;
      if (this.times) this.show(this.frameAt(picture.mediaTime - this.offset));
      video.requestVideoFrameCallback(shown);
    };
    video.requestVideoFrameCallback(shown);
  }

  frameAt(time) {
    const times = this.times;
    let low = 0;
    let high = times.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (times[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low > 0 && time - times[low - 1] < times[low] - time ? low - 1 : low;
  }

  seekFrame(frame) {
    const last = this.times.length - 1;
    const at = Math.min(Math.max(frame, 0), last);
    const end = at < last ? this.times[at + 1] : this.times[at] + 0.02;
    this.video.pause();
    // The middle of a picture's time: its very start may round into the picture before.
    this.video.currentTime = this.offset + (this.times[at] + end) / 2;
    this.show(at);
  }

  seek(time) {
    this.seekFrame(this.frameAt(time));
  }

  step(count) {
    this.seekFrame(this.frame + count);
  }

  toggle() {
    if (!this.video.paused) this.video.pause();
    else {
      if (this.video.ended) this.video.currentTime = 0;
      this.video.play().catch(() => this.fail());
    }
  }

  playing(on) {
    const button = this.root.querySelector(".play");
    button.textContent = on ? "❚❚" : "▶";
    button.setAttribute("aria-label", on ? "Pause" : "Play");
    if (!on) this.reportSoon();
  }

  reportSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      if (this.closed || !this.video.paused || !this.times) return;
      const time = Math.round(this.times[this.frame] * 1000) / 1000;
      if (time === this.reported) return;
      this.reported = time;
      this.report(time);
    }, REPORT_AFTER_MS);
  }

  key(event) {
    if (event.target.matches("input[type=checkbox]")) return;
    const acts = { ArrowLeft: () => this.step(-1), ArrowRight: () => this.step(1) };
    if (!event.target.matches("button")) acts[" "] = () => this.toggle();
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  // --- what is shown ----------------------------------------------------------------------------

  show(frame) {
    this.frame = frame;
    const time = this.times[frame];
    this.scrub.value = String(frame);
    this.scrub.setAttribute("aria-valuetext", `${time.toFixed(2)} seconds`);
    const clock = this.root.querySelector(".clock");
    clock.textContent = `${time.toFixed(2)} of ${this.times[this.times.length - 1].toFixed(1)} s`;
    clock.title = `Picture ${frame + 1} of ${this.times.length}`;
    for (const button of this.root.querySelectorAll(".strip button")) {
      button.classList.toggle("now", time >= Number(button.dataset.start) && time <= Number(button.dataset.end));
    }
    this.draw();
    this.markPlots(time);
  }

  draw() {
    if (!this.times) return;
    const ratio = window.devicePixelRatio || 1;
    const width = Math.round(this.overlay.clientWidth * ratio);
    const height = Math.round(this.overlay.clientHeight * ratio);
    if (this.overlay.width !== width) this.overlay.width = width;
    if (this.overlay.height !== height) this.overlay.height = height;
    const context = this.overlay.getContext("2d");
    context.clearRect(0, 0, width, height);
    if (this.root.querySelector(".landmarks").checked) {
      this.drawLandmarks(context, this.frame, width / this.header.width, Math.max(1.4, 1.6 * ratio));
    }
  }

  drawLandmarks(context, frame, scale, pen) {
    drawContours(context, this.points, this.header, scale, pen, frame * this.header.points * 2);
  }

  nameSides() {
    const { colours, labels } = this.header;
    const mirrored = this.root.querySelector(".mirror").checked;
    const [left, right] = mirrored ? ["left", "right"] : ["right", "left"];
    const set = (selector, side, text) => {
      const label = this.root.querySelector(selector);
      label.textContent = text;
      label.style.color = colours.text[side];
    };
    set(".on-left", left, `◀ ${labels[left]}`);
    set(".on-right", right, `${labels[right]} ▶`);
    this.root.querySelector(".view").textContent = mirrored ? "Mirror view" : "";
  }

  fail() {
    if (this.closed || !this.header) return;
    const problem = this.root.querySelector(".problem");
    problem.textContent =
      "The browser cannot play this video. Reload the page; if that does not help, try another browser.";
    problem.hidden = false;
  }

  // --- segments, key pictures, speeds -----------------------------------------------------------

  fillSpeeds() {
    const group = this.root.querySelector(".speeds");
    group.replaceChildren(
      ...SPEEDS.map((speed) => {
        const button = newElement("button", { type: "button", textContent: `${speed}×`, title: `Speed ${speed}` });
        button.setAttribute("aria-pressed", String(speed === 1));
        button.addEventListener("click", () => {
          this.video.playbackRate = speed;
          for (const other of group.children) other.setAttribute("aria-pressed", String(other === button));
        });
        return button;
      }),
    );
  }

  fillStrip() {
    const end = this.times[this.times.length - 1] || 1;
    const place = (time) => `${(100 * Math.min(time, end)) / end}%`;
    const segments = this.header.segments.map((segment) => {
      const span = `${segment.start_s.toFixed(1)} to ${segment.end_s.toFixed(1)} s`;
      const button = newElement("button", { type: "button", textContent: segment.name, title: `${segment.label}, ${span}` });
      Object.assign(button.dataset, { start: segment.start_s, end: segment.end_s });
      button.style.left = place(segment.start_s);
      button.style.width = place(segment.end_s - segment.start_s);
      button.addEventListener("click", () => this.seek(segment.start_s));
      return button;
    });
    const keys = this.header.keys.map((key) => {
      const mark = newElement("i", {});
      mark.style.left = place(key.time_s);
      return mark;
    });
    this.root.querySelector(".strip").replaceChildren(...segments, ...keys);
  }

  async makeStills() {
    const version = this.header.version;
    const list = this.root.querySelector(".stills");
    list.replaceChildren();
    if (!this.header.keys.length) return;
    const source = newElement("video", { muted: true, playsInline: true, preload: "auto", src: this.header.url });
    const current = () => !this.closed && this.header.version === version;
    try {
      await happened(source, "loadeddata");
      for (const key of this.header.keys) {
        if (!current()) break;
        const frame = this.frameAt(key.time_s);
        source.currentTime = this.offset + this.times[frame] + 0.5 * this.interval();
        await happened(source, "seeked");
        if (current()) list.append(this.still(key, frame, source));
      }
    } catch {
      if (current()) this.fail();
    } finally {
      source.removeAttribute("src");
      source.load();
    }
  }

  interval() {
    return this.times.length > 1 ? this.times[this.times.length - 1] / (this.times.length - 1) : 0.03;
  }

  still(key, frame, source) {
    const height = Math.round((STILL_WIDTH * this.header.height) / this.header.width);
    const canvas = newElement("canvas", { width: STILL_WIDTH, height });
    const context = canvas.getContext("2d");
    context.save();
    if (this.header.flip) context.transform(-1, 0, 0, 1, STILL_WIDTH, 0);
    context.drawImage(source, 0, 0, STILL_WIDTH, height);
    context.restore();
    this.drawLandmarks(context, frame, STILL_WIDTH / this.header.width, 1.6);
    const button = newElement("button", { type: "button", className: "still", title: `Show ${key.label} at its key moment` });
    button.append(canvas, newElement("b", { textContent: key.name }), newElement("span", { textContent: key.text }));
    button.addEventListener("click", () => this.seek(key.time_s));
    return button;
  }

  // --- the charts beside the player: a line at the shown moment, and a click that jumps there -----

  markPlots(time) {
    for (const plot of document.querySelectorAll(this.header.charts)) {
      const layout = plot._fullLayout;
      const holder = plot.querySelector(".svg-container");
      if (!holder || typeof layout?.xaxis?.d2p !== "function") continue;
      let line = holder.querySelector(":scope > .video-time");
      if (!line) {
        line = newElement("div", { className: "video-time" });
        line.style.cssText = "position:absolute;width:2px;margin-left:-1px;pointer-events:none;background:currentColor;";
        holder.append(line);
      }
      const across = layout.xaxis.d2p(time);
      line.hidden = across < 0 || across > layout.xaxis._length;
      line.style.left = `${layout.xaxis._offset + across}px`;
      line.style.top = `${layout._size.t}px`;
      line.style.height = `${layout._size.h}px`;
      if (!this.plots.has(plot)) {
        this.plots.add(plot);
        plot.on?.("plotly_click", (event) => !this.closed && this.seek(event.points[0].x));
      }
    }
  }

  close() {
    this.closed = true;
    clearTimeout(this.waiting);
    clearInterval(this.marking);
    this.resized.disconnect();
    for (const plot of this.plots) plot.querySelector(".video-time")?.remove();
    this.video.pause();
    this.video.removeAttribute("src");
    this.video.load();
  }
}

function newElement(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

function happened(target, event) {
  return new Promise((resolve, reject) => {
    target.addEventListener(event, resolve, { once: true });
    target.addEventListener("error", reject, { once: true });
  });
}
