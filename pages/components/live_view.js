// Live view: pictures of a camera or of the simulated patient go over a WebSocket one by one; landmarks and values come back.
//
// The next picture is made ready meanwhile and sent when the last one is answered. What is shown is the picture that the landmarks belong to. An answer is:
// length of the header (uint32), header (JSON, padded to 4 bytes), landmarks (int16, quarter pixels, x and y). All little-endian.
// live_source.js and live_drawing.js come before this file in the same module.

const SENT_PX = 640;
const SHOWN_PX = 1280;
const JPEG_QUALITY = 0.85;
const READABLE_MS = 150;
const PATIENCE_MS = 40000;
const SIMULATED = "simulated";
const views = new WeakMap();

export default function mount({ data, parentElement }) {
  let view = views.get(parentElement);
  if (!view || !view.isIn(parentElement)) {
    view?.close();
    view = new LiveView(parentElement);
    views.set(parentElement, view);
  }
  if (data) view.load(data);
  return view.cleanup; // the same one every time: the last one returned is the one that is called
}

class LiveView {
  constructor(root) {
    this.root = root;
    this.find = (selector) => root.querySelector(selector);
    this.box = this.find(".live");
    this.video = this.find("video");
    this.source = new PictureSource(this.video);
    this.picture = this.find(".picture");
    this.curve = this.find(".curve");
    // One picture is shown, one is with the tracker, one is being made ready.
    this.buffers = [0, 1, 2].map(() => ({ shot: document.createElement("canvas"), small: document.createElement("canvas") }));
    this.history = [];
    this.cleanup = () => this.close();
    this.listen();
  }

  isIn(root) {
    return !this.closed && this.box === root.querySelector(".live");
  }

  load(data) {
    const first = !this.data;
    this.data = data;
    if (first) {
      this.movement = data.movement;
      this.fillMovements();
      this.fillSources([]);
      this.choose(this.movement);
      this.state("idle");
    }
    for (const side of SIDES) {
      this.box.style.setProperty(`--${side}`, data.colours.text[side]);
      this.find(`.key.${side}`).textContent = data.labels[side];
      this.find(`.gauge[data-side=${side}] .side`).textContent = data.labels[side];
    }
    this.nameSides();
    this.drawCurve();
  }

  listen() {
    const on = (selector, event, act) => this.find(selector).addEventListener(event, act);
    on(".go", "click", () => this.start());
    on(".stop", "click", () => this.stop());
    on(".rest", "click", () => this.restNow());
    on(".mirror", "change", (event) => {
      this.box.classList.toggle("mirrored", event.target.checked);
      this.nameSides();
    });
    on(".source", "change", () => {
      this.problem("");
      if (this.run) this.start();
      else this.state("idle");
    });
    const full = this.find(".full");
    full.hidden = !document.fullscreenEnabled;
    full.addEventListener("click", () => this.fullScreen());
    this.box.addEventListener("fullscreenchange", () => {
      full.textContent = this.isFull() ? "Leave full screen" : "Full screen";
    });
    this.resized = new ResizeObserver(() => {
      this.drawPicture();
      this.drawCurve();
    });
    this.resized.observe(this.picture);
    this.resized.observe(this.curve);
  }

  // --- what is chosen ---------------------------------------------------------------------------

  fillMovements() {
    this.find(".movements").replaceChildren(
      ...this.data.movements.map(({ id, name }) => {
        const button = newElement("button", { type: "button", textContent: name });
        button.dataset.movement = id;
        button.addEventListener("click", () => this.choose(id));
        return button;
      }),
    );
  }

  fillSources(cameras) {
    const list = this.find(".source");
    const chosen = list.value;
    const named = cameras.map((camera, i) => [camera.deviceId, camera.label || `Camera ${i + 1}`]);
    const options = [...(named.length ? named : [["", "Camera"]]), [SIMULATED, "Simulated patient"]];
    list.replaceChildren(...options.map(([value, textContent]) => newElement("option", { value, textContent })));
    const active = this.source.deviceId();
    const wanted = chosen === SIMULATED ? chosen : (active ?? chosen);
    if (options.some(([value]) => value === wanted)) list.value = wanted;
  }

  isSimulated() {
    return this.find(".source").value === SIMULATED;
  }

  choose(id) {
    this.movement = id;
    this.spec = this.data.movements.find((movement) => movement.id === id);
    for (const button of this.root.querySelectorAll(".movements button")) {
      button.setAttribute("aria-pressed", String(button.dataset.movement === id));
      if (button.dataset.movement === id) keepInView(button);
    }
    this.history = [];
    this.tell(null);
    this.drawCurve();
    this.find(".prompt").textContent = this.spec.prompt;
    if (!this.run) return;
    this.send({ movement: id });
    // The rest stays: it is the same simulated person in every clip.
    if (this.isSimulated()) this.playClip(this.run).catch((problem) => this.fail(this.run, problem));
  }

  restNow() {
    this.send({ rest: true });
    this.history = [];
    if (this.isSimulated()) this.video.currentTime = 0; // the clip begins with a rest
  }

  nameSides() {
    const { colours, labels } = this.data;
    const mirrored = this.find(".mirror").checked;
    const [left, right] = mirrored ? ["left", "right"] : ["right", "left"];
    for (const [place, side, text] of [
      [".on-left", left, `◀ ${labels[left]}`],
      [".on-right", right, `${labels[right]} ▶`],
    ]) {
      this.find(place).textContent = text;
      this.find(place).style.color = colours.text[side];
    }
    this.find(".view").textContent = mirrored ? "Mirror view" : "";
  }

  isFull() {
    return this.box.matches(":fullscreen");
  }

  fullScreen() {
    if (this.isFull()) document.exitFullscreen();
    else this.box.requestFullscreen().catch(() => {}); // the browser says no: the page stays as it is
  }

  // --- states -----------------------------------------------------------------------------------

  state(name, words = "") {
    this.box.dataset.state = name;
    const idle = name === "idle" || name === "error";
    const simulated = this.isSimulated();
    const go = this.find(".go");
    go.textContent = simulated ? "Start simulated patient" : "Start camera";
    this.find(".offer").textContent = simulated
      ? "A computed face shows the movement in a loop, for a stage without a camera."
      : "The picture goes to Hemiface on this computer or in your clinic and is not stored.";
    this.find(".start").hidden = !idle;
    this.find(".stop").hidden = idle;
    this.find(".rest").disabled = idle || name === "connecting";
    this.find(".ribbon").hidden = !simulated;
    const wait = this.find(".wait");
    wait.hidden = name !== "connecting";
    wait.querySelector("span").textContent = words;
    this.find(".lost").hidden = name !== "no_face";
    this.find(".prompt").textContent = name === "rest" ? "Relax your face for two seconds." : this.spec.prompt;
    const said = { idle: "", error: "", connecting: words, no_face: "No face in the picture", rest: "Learning the face at rest" };
    const status = said[name] ?? "Running";
    if (this.find(".status").textContent !== status) this.find(".status").textContent = status;
  }

  problem(words) {
    const place = this.find(".problem");
    place.textContent = words;
    place.hidden = !words;
  }

  // --- start and stop ---------------------------------------------------------------------------

  async start() {
    this.end();
    const run = (this.run = {});
    // On a phone the page's title would leave no room for picture and values together.
    if (this.box.clientHeight > window.innerHeight && !this.isFull()) this.box.scrollIntoView({ block: "start" });
    this.problem("");
    this.history = [];
    this.state("connecting", this.isSimulated() ? "Preparing the simulated patient" : "Starting the camera");
    try {
      if (this.isSimulated()) await this.playClip(run);
      else {
        const unplugged = () => this.fail(run, new Problem(PROBLEMS.unplugged));
        const cameras = await this.source.openCamera(this.find(".source").value, () => this.run === run, unplugged);
        if (cameras) this.fillSources(cameras);
      }
      if (this.run !== run) return;
      this.state("connecting", "Starting the tracker");
      await this.connect(run);
    } catch (problem) {
      this.fail(run, problem);
    }
  }

  playClip(run) {
    const movement = this.movement;
    const wanted = () => this.run === run && this.movement === movement;
    return this.source.playClip(this.data.clips[movement], wanted, (done) =>
      this.state("connecting", `Preparing the simulated patient, once: ${Math.round(100 * done)} %`),
    );
  }

  connect(run) {
    const address = new URL(this.data.socket, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = (run.socket = new WebSocket(address));
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      if (this.run !== run) return;
      run.open = true;
      this.send({ movement: this.movement });
      this.next(run);
    };
    socket.onmessage = (message) => this.answered(run, message.data);
    socket.onclose = (event) => {
      const code = run.open ? event.code : 1008;
      this.fail(run, new Problem(run.problem ?? PROBLEMS[code] ?? PROBLEMS.ended));
    };
  }

  fail(run, problem) {
    if (!run || this.run !== run) return;
    this.end();
    if (problem instanceof Problem) this.problem(problem.message);
    else this.problem(this.isSimulated() ? PROBLEMS.clip : (PROBLEMS[problem?.name] ?? PROBLEMS.camera));
    this.state("error");
  }

  stop() {
    this.end();
    this.problem("");
    this.state("idle");
    this.find(".go").focus();
  }

  end() {
    const run = this.run;
    this.run = null;
    clearTimeout(this.waiting);
    if (run?.socket) {
      run.socket.onclose = run.socket.onmessage = null;
      run.socket.close();
    }
    this.source.release();
    this.shown = null;
    this.tell(null);
    this.drawPicture();
  }

  close() {
    this.closed = true;
    this.end();
    this.resized.disconnect();
    if (this.isFull()) document.exitFullscreen();
  }

  // --- pictures out, answers in -----------------------------------------------------------------

  send(message) {
    if (this.run?.open && this.run.socket.readyState === WebSocket.OPEN) this.run.socket.send(JSON.stringify(message));
  }

  next(run) {
    if (this.run !== run) return;
    const go = () => this.run === run && this.capture(run);
    // Every picture of the camera once, and none twice.
    if (typeof this.video.requestVideoFrameCallback === "function") this.video.requestVideoFrameCallback(go);
    else requestAnimationFrame(go);
  }

  capture(run) {
    const { videoWidth: width, videoHeight: height } = this.video;
    if (width && height && !run.encoding && !run.ready) {
      const buffer = this.buffers.find((one) => one !== run.sent && one !== this.shown?.buffer);
      scaleInto(buffer.shot, this.video, width, height, SHOWN_PX);
      scaleInto(buffer.small, buffer.shot, width, height, SENT_PX);
      buffer.time = performance.now() / 1000;
      run.encoding = true;
      buffer.small.toBlob(
        (blob) => {
          run.encoding = false;
          if (blob) run.ready = { buffer, blob };
          this.flush(run);
        },
        "image/jpeg",
        JPEG_QUALITY,
      );
    }
    this.next(run);
  }

  flush(run) {
    if (this.run !== run || run.sent || !run.ready || run.socket.readyState !== WebSocket.OPEN) return;
    run.socket.send(run.ready.blob);
    run.sent = run.ready.buffer;
    run.ready = null;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.fail(run, new Problem(PROBLEMS.silent)), PATIENCE_MS);
  }

  answered(run, data) {
    if (this.run !== run) return;
    clearTimeout(this.waiting);
    const buffer = run.sent;
    run.sent = null;
    this.flush(run);
    const { header, points } = unpack(data);
    run.problem = header.problem ? header.reason : null; // told when the server gives up after some of these
    if (header.problem) return;
    this.shown = { header, points, buffer };
    this.box.style.setProperty("--ratio", String(header.width / header.height));
    this.state(header.phase);
    this.drawPicture();
    this.tell(header, buffer.time);
    this.drawCurve();
  }

  // --- what is shown ----------------------------------------------------------------------------

  drawPicture() {
    const context = fitted(this.picture);
    const { width, height } = this.picture;
    context.clearRect(0, 0, width, height);
    if (!this.shown) return;
    const { header, points, buffer } = this.shown;
    const scale = Math.min(width / header.width, height / header.height);
    context.save();
    context.translate((width - scale * header.width) / 2, (height - scale * header.height) / 2);
    context.drawImage(buffer.shot, 0, 0, scale * header.width, scale * header.height);
    const pen = Math.max(1.6, width / 420);
    if (points.length) drawContours(context, points, this.data, scale, pen);
    context.restore();
  }

  tell(header, time = 0) {
    if (header) {
      this.history.push({ time, right: header.right, left: header.left });
      while (this.history[0].time < time - CURVE_S) this.history.shift();
    }
    const full = this.fullScale();
    for (const side of SIDES) {
      const gauge = this.find(`.gauge[data-side=${side}]`);
      const value = header?.[side] ?? 0;
      const most = Math.max(0, ...this.history.map((moment) => moment[side] ?? 0));
      gauge.querySelector(".fill").style.height = `${(100 * Math.max(0, value)) / full}%`;
      gauge.querySelector(".most").style.bottom = `${(100 * most) / full}%`;
      gauge.querySelector(".most").hidden = !most;
    }
    // Digits that change with every picture cannot be read.
    const now = performance.now();
    if (header && now - (this.told ?? 0) < READABLE_MS) return;
    this.told = header ? now : 0;
    for (const side of SIDES) {
      const value = header?.[side];
      this.find(`.gauge[data-side=${side}] .mm`).textContent = value == null ? "–" : `${unsigned(value)} mm`;
    }
    const resting = header?.phase === "rest";
    this.find(".percent").textContent = header?.symmetry == null ? "–" : `${Math.round(header.symmetry)} %`;
    this.find(".percent").hidden = resting;
    this.find(".name").textContent = resting ? "Learning the rest" : "Symmetry";
    this.find(".learning").hidden = !resting;
    this.find(".learning").value = header?.rest ?? 0;
    this.find(".why").textContent = header?.reason ?? "";
  }

  fullScale() {
    const most = Math.max(0, ...this.history.map((moment) => Math.max(moment.right ?? 0, moment.left ?? 0)));
    return Math.max(this.spec?.full_mm ?? 10, 2 * Math.ceil((most + 0.5) / 2));
  }

  drawCurve() {
    if (this.data && this.spec) drawCurve(this.curve, this.history, this.data.colours, this.fullScale());
  }
}

function unpack(data) {
  const length = new DataView(data).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
  return { header, points: new Int16Array(data, 4 + length) };
}

function unsigned(value) {
  const text = value.toFixed(1);
  return text === "-0.0" ? "0.0" : text.replace("-", "−");
}

function keepInView(button) {
  const row = button.parentElement;
  row.scrollLeft = button.offsetLeft - row.offsetLeft - (row.clientWidth - button.offsetWidth) / 2;
}

function newElement(name, properties) {
  return Object.assign(document.createElement(name), properties);
}
