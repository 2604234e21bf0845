// The course of a guided recording: which movement when, what was done, and when each cue was given.

const TICK_MS = 40;

// phase: "rest", "prepare", "move" or "relax"
class Guide {
  constructor(steps, now, show) {
    this.steps = steps;
    this.now = now; // seconds on the recording's clock
    this.show = show; // called with what is to be seen and heard
    this.cues = [];
    this.index = 0;
    this.paused = false;
    this.ended = false;
    this.onStep = () => {};
    this.onEnd = () => {};
  }

  get step() {
    return this.steps[this.index];
  }

  start() {
    this.enter(this.step.prepare_s > 0 ? "prepare" : "rest");
    this.timer = setInterval(() => this.tick(), TICK_MS);
  }

  enter(phase) {
    this.phase = phase;
    this.since = this.now();
    this.until = this.since + this.length(phase);
    this.show(phase, this.step, this.until - this.since);
  }

  length(phase) {
    const { prepare_s, move_s, relax_s } = this.step;
    return { prepare: prepare_s, rest: move_s, move: move_s, relax: relax_s }[phase];
  }

  get left() {
    return Math.max(0, this.until - this.now());
  }

  // How much of the present phase is over, 0 to 1.
  get part() {
    return Math.min(1, (this.now() - this.since) / (this.until - this.since));
  }

  tick() {
    if (this.paused || this.ended || this.now() < this.until) return;
    this.close("done");
    if (this.phase === "prepare") this.enter("move");
    else if (this.phase === "move" && this.step.relax_s > 0) this.enter("relax");
    else this.go(this.index + 1);
  }

  // Writes down the cue that ends now: rests, the time before a movement (the face is at rest), and movements.
  close(outcome) {
    const start = Math.round(this.since * 1000) / 1000;
    const end = Math.round(this.now() * 1000) / 1000;
    if (this.phase === "relax" || end <= start) return;
    const { expression, repetition } = this.step;
    const isRest = this.phase === "rest" || this.phase === "prepare";
    if (this.phase === "prepare" && outcome !== "done") return;
    this.cues.push({
      expression: isRest ? "rest" : expression,
      repetition: isRest ? 1 : repetition,
      start_s: start,
      end_s: end,
      outcome,
    });
  }

  go(index) {
    this.onStep(this.step);
    if (index >= this.steps.length) {
      this.finish();
      return;
    }
    this.index = index;
    this.enter(this.step.prepare_s > 0 ? "prepare" : "rest");
  }

  pause() {
    if (this.paused || this.ended) return;
    this.close(this.phase === "move" ? "repeated" : "done");
    this.paused = true;
  }

  resume() {
    if (!this.paused || this.ended) return;
    this.paused = false;
    // A movement that was done before the pause is not asked for again.
    if (this.phase === "relax") this.go(this.index + 1);
    else this.enter(this.step.prepare_s > 0 ? "prepare" : "rest");
  }

  // Whether "repeat" means the movement before this one: its successor has not been asked for yet.
  get repeatsLast() {
    return this.index > 0 && (this.phase === "prepare" || this.phase === "rest") && this.steps[this.index - 1].prepare_s > 0;
  }

  repeat() {
    if (this.ended) return;
    const again = this.repeatsLast ? this.index - 1 : this.index;
    if (!this.paused) this.close(this.phase === "move" ? "repeated" : "done");
    this.paused = false;
    if (this.repeatsLast || this.phase === "relax") this.drop(this.steps[again]);
    this.index = again;
    this.enter(this.step.prepare_s > 0 ? "prepare" : "rest");
  }

  // The performance that is done once more does not count.
  drop(step) {
    for (let i = this.cues.length - 1; i >= 0; i -= 1) {
      const cue = this.cues[i];
      if (cue.expression === step.expression && cue.repetition === step.repetition && cue.outcome === "done") {
        this.cues[i] = { ...cue, outcome: "repeated" };
        return;
      }
    }
  }

  skip() {
    if (this.ended) return;
    if (!this.paused) this.close("skipped");
    this.paused = false;
    this.go(this.index + 1);
  }

  stop() {
    if (this.ended) return;
    if (!this.paused) this.close(this.phase === "move" || this.phase === "rest" ? "cut" : "done");
    this.finish();
  }

  finish() {
    this.ended = true;
    clearInterval(this.timer);
    this.onEnd();
  }

  // Without an end: the page is left.
  cancel() {
    this.ended = true;
    clearInterval(this.timer);
  }
}
