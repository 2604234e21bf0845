// The recorder's screen: camera, picture check, practice, guided recording, saving. What is said comes with the data.

const TONES = { cue: 880, rest: 520, relax: 520 };
const LOST_PART = 0.3;
const DRAW_EVERY_MS = 100;
const TURNED_PART = 0.5;
const recorders = new WeakMap();

export default function mount({ data, parentElement, setStateValue }) {
  let recorder = recorders.get(parentElement);
  if (!recorder || !recorder.isIn(parentElement)) {
    recorder?.close();
    recorder = new Recorder(parentElement);
    recorders.set(parentElement, recorder);
  }
  recorder.report = (name, value) => setStateValue(name, value);
  if (data) recorder.load(data);
  return recorder.cleanup; // the same one every time: the last one returned is the one that is called
}

class Recorder {
  constructor(root) {
    this.screen = new Screen(root);
    this.box = this.screen.box;
    this.find = this.screen.find;
    this.camera = new Camera(this.find(".preview"));
    this.cleanup = () => this.close();
    this.leaving = (event) => {
      if (this.recording && !this.recording.ended) event.preventDefault();
    };
    this.hiding = () => {
      if (document.hidden && this.guide && !this.guide.ended && !this.guide.paused) this.pause();
    };
    window.addEventListener("beforeunload", this.leaving);
    document.addEventListener("visibilitychange", this.hiding);
    this.voices = () => this.offerVoice();
    window.speechSynthesis?.addEventListener?.("voiceschanged", this.voices);
    this.listen();
  }

  isIn(root) {
    return !this.closed && this.box === root.querySelector(".recorder");
  }

  load(data) {
    this.box.classList.toggle("dark", data.dark);
    const busy = ["recording", "practice", "saving"].includes(this.state);
    if (busy || this.data?.version === data.version) return;
    const first = !this.data;
    this.data = data;
    this.texts = data.texts;
    this.screen.load(data);
    this.voice?.close();
    this.voice = new Voice(data.language);
    this.framing?.stop();
    this.framing = new Framing(this.camera, data.base, data.token);
    this.framing.onSeen = (seen) => this.seen(seen);
    this.offerVoice();
    if (first || this.state === "done" || this.state === "failed") this.enter("idle");
    else if (this.state === "ready") this.framing.start(LOOK_EVERY_MS);
  }

  listen() {
    const on = (selector, event, act) => this.find(selector).addEventListener(event, act);
    on(".open", "click", () => this.open());
    on(".cameras", "change", (event) => this.open(event.target.value));
    on(".sound", "change", () => this.open(this.find(".cameras").value));
    on(".start", "click", () => this.start());
    on(".practise", "click", () => this.practise());
    on(".pause", "click", () => (this.guide?.paused ? this.resume() : this.pause()));
    on(".repeat", "click", () => this.repeat());
    on(".skip", "click", () => this.guide?.skip());
    on(".stop", "click", () => this.askToStop());
    on(".yes", "click", () => this.stop());
    on(".no", "click", () => this.goOn());
    on(".again", "click", () => this.again());
  }

  // --- states -----------------------------------------------------------------------------------

  // idle, opening, ready, practice, recording, saving, done, failed
  enter(state) {
    this.state = state;
    this.box.dataset.state = state;
    const working = ["ready", "practice", "recording"].includes(state);
    this.find(".idle").hidden = !["idle", "opening"].includes(state);
    this.find(".work").hidden = !working;
    this.find(".end").hidden = !["saving", "done", "failed"].includes(state);
    this.find(".open").disabled = state === "opening";
    this.find(".wait").hidden = state !== "opening";
    this.find(".head").hidden = state === "ready";
    this.find(".side").hidden = state !== "ready";
    this.find(".ready-buttons").hidden = state !== "ready";
    this.find(".guide-buttons").hidden = !["practice", "recording"].includes(state);
    this.find(".sure").hidden = true;
    this.find(".ring").toggleAttribute("hidden", !["practice", "recording"].includes(state));
    this.find(".oval").toggleAttribute("hidden", state !== "ready");
    if (!["practice", "recording"].includes(state)) this.screen.demonstrate(null);
    this.find(".saving").hidden = state !== "saving";
    this.screen.fillWindow(["practice", "recording"].includes(state));
    if (state === "idle") {
      const reason = cannotRecord();
      this.screen.tellWhy(reason);
      this.find(".open").hidden = reason !== null;
    }
    if (state === "ready") this.framing.start(LOOK_EVERY_MS);
    else if (!working) this.framing?.stop();
  }

  async open(deviceId = null) {
    this.voice.unlock();
    this.screen.tellWhy(null);
    this.framing.stop();
    this.enter("opening");
    try {
      await this.camera.open({ deviceId, sound: this.find(".sound").checked, onEnd: () => this.cameraEnded() });
    } catch (problem) {
      this.enter("idle");
      this.screen.tellWhy(problem.message);
      this.find(".open").focus();
      return;
    }
    if (this.closed) {
      this.camera.close();
      return;
    }
    await this.fillCameras();
    this.fit();
    this.enter("ready");
    this.find(".start").focus({ preventScroll: true });
  }

  async fillCameras() {
    const choice = this.find(".cameras");
    const cameras = await this.camera.list();
    const now = this.camera.settings().deviceId;
    choice.replaceChildren(
      ...cameras.map((device, i) => new Option(device.label || `${this.texts.camera} ${i + 1}`, device.deviceId, false, device.deviceId === now))
    );
    this.find(".camera-choice").hidden = cameras.length < 2;
  }

  fit() {
    const { videoWidth, videoHeight } = this.camera.video;
    if (videoWidth) this.box.style.setProperty("--ratio", String(videoWidth / videoHeight));
  }

  // --- picture check ----------------------------------------------------------------------------

  seen(seen) {
    this.fit();
    if (this.state === "ready") this.screen.showFindings(seen);
    else if (this.guide?.phase === "move" && seen) {
      this.looks = this.looks ?? { count: 0, lost: 0, turned: 0 };
      this.looks.count += 1;
      this.looks.lost += ["face_none", "face_cut"].includes(seen.findings.face);
      this.looks.turned += seen.findings.head === "head_turned";
    }
  }

  // --- guided course ----------------------------------------------------------------------------

  practise() {
    this.voice.unlock();
    this.screen.note("");
    this.enter("practice");
    const began = performance.now();
    this.run(this.data.practice.steps, () => (performance.now() - began) / 1000, () => {
      this.enter("ready");
      this.screen.note(this.texts.practice_done);
      this.find(".start").focus({ preventScroll: true });
    });
  }

  async start() {
    if (this.recording) return;
    this.voice.unlock();
    this.screen.note("");
    this.find(".start").disabled = true;
    const upload = new Upload(this.data.base, this.data.token);
    upload.onSlow = (slow) => {
      if (this.state === "recording" && slow) this.screen.note(this.texts.slow_upload);
    };
    const recording = new Recording(this.camera, upload, this.find(".sound").checked);
    this.recording = recording;
    try {
      await recording.start();
    } catch (problem) {
      this.recording = null;
      this.screen.note(this.texts[problem.message] ?? problem.message ?? this.texts.failed);
      return;
    } finally {
      this.find(".start").disabled = false;
    }
    this.enter("recording");
    this.box.dataset.capture = upload.id;
    this.run(this.data.plan.steps, () => recording.seconds, () => this.save());
  }

  run(steps, clock, end) {
    this.looks = null;
    this.guide = new Guide(steps, clock, (phase, step, seconds) => this.showPhase(phase, step, seconds));
    this.guide.onStep = (step) => {
      this.judge(step);
      // A recording that breaks off later has its cues up to here.
      if (this.state === "recording") this.recording.upload.cues(this.guide.cues);
    };
    this.guide.onEnd = () => {
      this.voice.quiet();
      end();
    };
    this.framing.start(LOOK_WHILE_RECORDING_MS);
    this.guide.start();
    this.find(".pause").textContent = this.texts.pause;
    this.draw();
    this.find(".pause").focus({ preventScroll: true });
  }

  showPhase(phase, step, seconds) {
    const words = this.data.expressions[step.expression];
    const steps = this.guide?.steps ?? this.data.plan.steps;
    const movements = [...new Set(steps.filter((other) => other.prepare_s > 0).map((other) => other.expression))];
    const number = movements.indexOf(step.expression) + 1;
    const place = number > 0 ? fill(this.texts.movement_of, { number, count: movements.length }) : "";
    const times = step.repetitions > 1 ? fill(this.texts.repetition_of, { number: step.repetition, count: step.repetitions }) : "";
    this.find(".place").textContent = [place, words.label, times].filter(Boolean).join(" · ");
    this.box.dataset.phase = phase;
    const prompts = {
      rest: words.prompt,
      prepare: step.repetition === 1 ? `${this.texts.get_ready}: ${words.label}` : this.texts.rest_now,
      move: `${this.texts.now}: ${words.label}`,
      relax: this.texts.relax,
    };
    this.find(".prompt").textContent = prompts[phase];
    this.screen.demonstrate(phase === "relax" ? null : step.expression);
    this.find(".repeat").textContent = this.guide?.repeatsLast ? this.texts.repeat_last : this.texts.repeat;
    if (phase === "move") this.looks = { count: 0, lost: 0, turned: 0 };
    if (phase === "relax") this.screen.note("");
    this.sound(phase, step, words, seconds);
  }

  sound(phase, step, words) {
    if (this.find(".beep").checked && phase !== "prepare") {
      this.voice.beep({ move: TONES.cue, rest: TONES.rest, relax: TONES.relax }[phase], phase === "move" ? 0.25 : 0.15);
    }
    if (!this.find(".spoken").checked) return;
    if (phase === "rest") this.voice.say(words.prompt);
    if (phase === "prepare" && step.repetition === 1) this.voice.say(words.prompt);
    if (phase === "move") this.voice.say(this.texts.now);
    if (phase === "relax") this.voice.say(this.texts.relax);
  }

  // After a movement: was the face in the picture?
  judge(step) {
    const looks = this.looks;
    this.looks = null;
    if (!looks?.count || step.prepare_s === 0) return;
    if (looks.lost > LOST_PART * looks.count) this.screen.note(this.texts.lost_face);
    else if (looks.turned > TURNED_PART * looks.count) this.screen.note(this.texts.turned_away);
  }

  // Ring and clocks, often enough to the eye; every drawing more is taken from the encoder.
  draw() {
    if (this.closed || !this.guide || this.guide.ended) return;
    const { guide } = this;
    // What the server does not take, or what would be too long to be kept, is ended here and not after minutes.
    if (this.state === "recording" && (this.recording.upload.failure || this.recording.seconds > this.data.longest_s)) {
      guide.stop();
      return;
    }
    const part = guide.paused ? 1 : guide.part;
    this.find(".ring .left").style.strokeDasharray = `${(1 - part) * RING} ${RING}`;
    this.find(".ring .seconds").textContent = guide.paused ? "❚❚" : String(Math.ceil(guide.left));
    this.find(".status-word").textContent = this.state === "recording" ? this.texts.recording : this.texts.practice_note;
    const seconds = Math.floor(guide.now());
    this.find(".clock").textContent =
      this.state === "recording" ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
    setTimeout(() => this.draw(), DRAW_EVERY_MS);
  }

  pause() {
    this.guide?.pause();
    this.voice.quiet();
    this.find(".pause").textContent = this.texts.continue;
    this.find(".prompt").textContent = this.state === "recording" ? this.texts.paused : this.texts.pause;
    this.box.dataset.phase = "paused";
  }

  resume() {
    this.find(".pause").textContent = this.texts.pause;
    this.guide?.resume();
  }

  repeat() {
    this.find(".pause").textContent = this.texts.pause;
    this.screen.note("");
    this.guide?.repeat();
  }

  askToStop() {
    if (this.state === "practice") {
      this.guide.stop();
      return;
    }
    this.pause();
    this.find(".guide-buttons").hidden = true;
    this.find(".sure").hidden = false;
    this.find(".no").focus();
  }

  goOn() {
    this.find(".sure").hidden = true;
    this.find(".guide-buttons").hidden = false;
    this.find(".pause").focus();
    this.resume();
  }

  stop() {
    this.find(".sure").hidden = true;
    this.guide?.stop();
  }

  cameraEnded() {
    if (this.state === "recording") {
      this.screen.note(this.texts.camera_ended);
      this.guide.stop();
    } else if (["ready", "practice"].includes(this.state)) {
      this.guide?.cancel();
      this.enter("idle");
      this.screen.tellWhy("camera_ended");
    }
  }

  // --- end --------------------------------------------------------------------------------------

  async save() {
    const { recording, guide } = this;
    this.enter("saving");
    this.screen.tellEnd(this.texts.saving);
    try {
      await recording.stop();
      this.camera.close();
      const id = await recording.finish(guide.cues);
      recording.ended = true;
      this.recording = null;
      this.enter("done");
      this.screen.tellEnd(this.texts.done);
      this.report("finished", id);
    } catch (problem) {
      this.enter("failed");
      const told = this.texts[problem.message] ?? problem.message;
      this.screen.tellEnd(`${this.texts.failed} ${told}`);
      const again = this.find(".again");
      again.hidden = false;
      again.textContent = problem instanceof RefusedError ? this.texts.again : this.texts.try_again;
      this.refused = problem instanceof RefusedError;
    }
    this.find(".end-word").focus({ preventScroll: true });
  }

  again() {
    if (this.refused || !this.recording) {
      this.recording = null;
      this.camera.close();
      this.enter("idle");
      return;
    }
    this.recording.upload.retry();
    this.save();
  }

  offerVoice() {
    if (!this.closed) this.screen.offerVoice(this.voice.find() !== null);
  }

  close() {
    if (this.closed) return;
    this.closed = true;
    this.framing?.stop();
    this.guide?.cancel();
    if (this.state === "recording") this.recording?.abandon();
    this.voice?.close();
    this.camera.close();
    window.removeEventListener("beforeunload", this.leaving);
    document.removeEventListener("visibilitychange", this.hiding);
    window.speechSynthesis?.removeEventListener?.("voiceschanged", this.voices);
  }
}
