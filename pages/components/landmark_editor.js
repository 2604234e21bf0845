// Correction of 68 points on one picture after the other. The page gets back what is saved and which picture is asked for.
//
// The data are bytes: length of the header (uint32), header (JSON, padded to 8 bytes), picture (JPEG). What is not saved yet lies
// in the tab's own storage under recording, picture and annotator, so that neither a rerun of the page nor a reload loses it.

const editors = new WeakMap();

export default function mount({ data, parentElement, setStateValue }) {
  let editor = editors.get(parentElement);
  if (!editor || !editor.isIn(parentElement)) {
    editor?.close();
    editor = new Editor(parentElement);
    editors.set(parentElement, editor);
  }
  editor.report = setStateValue;
  if (data) editor.load(data);
  return editor.cleanup; // the same one every time: the last one returned is the one that is called
}

function unpack(data) {
  const bytes = data instanceof Uint8Array ? data : new Uint8Array(data);
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  return { header, picture: bytes.subarray(Math.ceil((4 + length) / 8) * 8) };
}

function newElement(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

class Editor {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".editor");
    this.hidden = new Set();
    this.chosen = null;
    this.pending = null;
    this.stage = new Stage(root, {
      choose: (point) => this.choose(point),
      begin: () => this.set.remember(),
      move: (point, x, y) => this.move(point, x, y),
      end: () => this.changed(),
      redraw: () => this.draw(),
    });
    this.cleanup = () => this.close();
    this.listen();
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  isIn(root) {
    return !this.closed && this.box === root.querySelector(".editor");
  }

  // --- data from the page -----------------------------------------------------------------------

  load(data) {
    const { header, picture } = unpack(data);
    const before = this.header;
    if (before?.version === header.version) return;
    this.header = header;
    if (!before) this.prepare();
    const answered = this.pending && header.answer?.id === this.pending.id ? this.pending : null;
    if (answered) this.pending = null;
    if (before?.frame.key === header.frame.key) this.renew(before, answered);
    else this.open(picture);
    this.nameColours();
    this.listFrames();
    this.tell(header.answer && !header.answer.ok ? header.answer.message : "");
    this.draw();
  }

  // Another picture.
  open(picture) {
    const { frame } = this.header;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = URL.createObjectURL(new Blob([picture], { type: "image/jpeg" }));
    this.stage.setPicture(this.url, frame.width, frame.height);
    this.chosen = null;
    this.begin(Drafts.read(this.header) ?? frame);
    this.stage.fitFace(this.set.points);
  }

  // The same picture, with something else changed: another annotator, a saved version, another tracker.
  renew(before, answered) {
    const { frame } = this.header;
    const unsaved = before.frame.signature !== this.set.signature();
    const editedSince = answered && this.set.signature() !== answered.signature;
    const sameAnnotator = before.annotator === this.header.annotator;
    if (answered && this.header.answer.ok && !editedSince) {
      this.base();
      return;
    }
    if (unsaved && (sameAnnotator ? answered || before.base === this.header.base : !before.annotator)) {
      this.base();
      Drafts.keep(this.header, this.set);
      if (!sameAnnotator) Drafts.forget(before);
      return;
    }
    this.begin(Drafts.read(this.header) ?? frame);
  }

  begin(start) {
    const { mirror, axis } = this.header;
    this.set = new PointSet(start.points, start.visible, mirror, axis);
    this.base();
  }

  // What counts as saved.
  base() {
    const { frame, mirror, axis } = this.header;
    frame.signature = new PointSet(frame.points, frame.visible, mirror, axis).signature();
    if (this.set.signature() === frame.signature) Drafts.forget(this.header);
  }

  isUnsaved() {
    return this.set.signature() !== this.header.frame.signature;
  }

  // --- acts -------------------------------------------------------------------------------------

  move(point, x, y) {
    const { width, height } = this.header.frame;
    this.set.move(point, Math.min(Math.max(x, -width * 0.5), width * 1.5), Math.min(Math.max(y, -height * 0.5), height * 1.5));
    this.draw();
  }

  changed() {
    if (this.isUnsaved()) Drafts.keep(this.header, this.set);
    else Drafts.forget(this.header);
    this.draw();
  }

  choose(point) {
    this.chosen = point;
    if (point !== null && this.stage.view) this.stage.reveal(this.set.points[point]);
    this.draw();
  }

  // The next or the previous shown point; false at the end.
  chooseNext(step) {
    let at = this.chosen === null ? (step > 0 ? -1 : this.set.points.length) : this.chosen;
    do at += step;
    while (at >= 0 && at < this.set.points.length && this.stage.isHidden(at));
    if (at < 0 || at >= this.set.points.length) return false;
    this.choose(at);
    return true;
  }

  nudge(event, across, down) {
    if (this.chosen === null) return;
    if (!event.repeat) this.set.remember();
    const step = event.altKey ? 0.2 : event.shiftKey ? 5 : 1;
    const [x, y] = this.set.points[this.chosen];
    this.move(this.chosen, x + across * step, y + down * step);
    this.stage.reveal(this.set.points[this.chosen]);
    this.changed();
  }

  toggleSeen() {
    if (this.chosen === null) return;
    this.set.toggle(this.chosen);
    this.changed();
  }

  copy(source) {
    const region = this.header.regions.find((one) => one.id === this.find(".copied").value);
    const target = source === "right" ? "left" : "right";
    const targets = region.points.filter((point) => this.header.sides[point] === target);
    if (this.set.copyFromPartners(targets)) this.changed();
  }

  reset() {
    this.set.replace(this.header.frame.tracker_points, this.set.visible.map(() => true));
    this.changed();
  }

  back(step) {
    if (step()) this.changed();
  }

  save(next) {
    if (this.pending || !this.header.annotator) return;
    const id = `${Date.now()} ${Math.random()}`;
    this.pending = { id, signature: this.set.signature() };
    Drafts.keep(this.header, this.set);
    this.draw();
    this.report("saved", {
      id,
      frame: this.header.frame.index,
      sha256: this.header.frame.sha256,
      annotator: this.header.annotator,
      points: this.set.rounded(),
      visible: this.set.visible,
      next,
    });
  }

  ask(index) {
    if (index !== this.header.frame.index) this.report("chosen", { id: `${Date.now()}`, frame: index });
  }

  zoomBy(factor) {
    this.stage.zoom(factor, this.chosen === null ? undefined : this.set.points[this.chosen]);
    this.draw();
  }

  // --- events -----------------------------------------------------------------------------------

  listen() {
    const on = (selector, act) => this.find(selector).addEventListener("click", act);
    on(".in", () => this.zoomBy(1.5));
    on(".out", () => this.zoomBy(1 / 1.5));
    on(".face", () => this.fit(() => this.stage.fitFace(this.set.points)));
    on(".whole", () => this.fit(() => this.stage.fitPicture()));
    on(".before", () => this.chooseNext(-1));
    on(".after", () => this.chooseNext(1));
    on(".undo", () => this.back(() => this.set.undo()));
    on(".redo", () => this.back(() => this.set.redo()));
    on(".seen", () => this.toggleSeen());
    on(".reset", () => this.reset());
    on(".to-left", () => this.copy("right"));
    on(".to-right", () => this.copy("left"));
    on(".save", () => this.save(false));
    on(".save-next", () => this.save(true));
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => {
      this.stage.resized();
      this.draw();
    });
    this.observer.observe(this.find(".stage"));
  }

  fit(act) {
    act();
    this.draw();
  }

  key(event) {
    if (!this.set) return;
    const onStage = this.root.activeElement === this.find(".stage") || event.target.closest?.(".stage");
    const act = this.act(event, onStage);
    if (!act || act() === false) return;
    event.preventDefault();
    event.stopPropagation();
  }

  act(event, onStage) {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (event.ctrlKey || event.metaKey) {
      if (key === "z") return () => this.back(() => (event.shiftKey ? this.set.redo() : this.set.undo()));
      return key === "y" ? () => this.back(() => this.set.redo()) : null;
    }
    if (!onStage) return null;
    const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    if (arrows[key]) return () => (this.chosen === null ? this.panBy(arrows[key]) : this.nudge(event, ...arrows[key]));
    const acts = {
      v: () => this.toggleSeen(),
      "+": () => this.zoomBy(1.5),
      "-": () => this.zoomBy(1 / 1.5),
      0: () => this.fit(() => this.stage.fitFace(this.set.points)),
      Escape: () => this.leave(),
      Tab: () => this.tab(event.shiftKey ? -1 : 1),
    };
    return acts[key] ?? null;
  }

  // Tab goes from point to point once one is chosen; before the first, after the last and after Escape it leaves the picture.
  tab(step) {
    if (this.chosen === null && this.left) {
      this.left = false;
      return false;
    }
    if (this.chooseNext(step)) return true;
    this.left = false;
    this.choose(null);
    return false;
  }

  leave() {
    this.left = true;
    if (this.chosen === null) return false;
    this.choose(null);
    return true;
  }

  panBy([across, down]) {
    this.stage.pan(across * this.stage.view.width * 0.1, down * this.stage.view.height * 0.1);
    this.draw();
  }

  // --- what is shown ----------------------------------------------------------------------------

  prepare() {
    const { header } = this;
    this.stage.setScheme(header);
    this.find(".regions").replaceChildren(
      ...header.regions.map((region) => {
        const label = newElement("label", {});
        const box = newElement("input", { type: "checkbox", checked: true });
        box.addEventListener("change", () => {
          this.hidden[box.checked ? "delete" : "add"](region.id);
          if (this.chosen !== null && this.stage.isHidden(this.chosen)) this.choose(null);
          this.draw();
        });
        label.append(box, ` ${region.label}`);
        return label;
      }),
    );
    this.find(".copied").replaceChildren(
      ...header.regions.map((region) => newElement("option", { value: region.id, textContent: region.label })),
    );
    this.find(".copied").value = "lids";
  }

  nameColours() {
    const { colours, labels } = this.header;
    for (const [selector, side, text] of [
      [".on-left", "right", `◀ ${labels.right}`],
      [".on-right", "left", `${labels.left} ▶`],
    ]) {
      const label = this.find(selector);
      label.textContent = text;
      label.style.color = colours.text[side];
    }
  }

  listFrames() {
    const { frames, frame } = this.header;
    const strip = this.find(".frames");
    const focused = strip.contains(this.root.activeElement);
    strip.replaceChildren(
      ...frames.map((entry) => {
        const button = newElement("button", { type: "button", title: entry.reason });
        button.append(
          newElement("b", { textContent: `${entry.time_s.toFixed(2)} s` }),
          newElement("span", { textContent: entry.reason }),
          newElement("em", { textContent: entry.who.length ? `✓ ${entry.who.join(", ")}` : "not corrected yet" }),
        );
        button.classList.toggle("mine", entry.mine);
        button.setAttribute("aria-current", String(entry.index === frame.index));
        button.addEventListener("click", () => this.ask(entry.index));
        return button;
      }),
    );
    const now = strip.querySelector('[aria-current="true"]');
    if (now) strip.scrollTo({ left: now.offsetLeft - strip.offsetLeft - 24, top: now.offsetTop - strip.offsetTop - 24 });
    if (focused) now?.focus({ preventScroll: true });
  }

  tell(problem) {
    const place = this.find(".problem");
    place.textContent = problem;
    place.hidden = !problem;
  }

  draw() {
    if (!this.set || !this.header) return;
    this.stage.draw(this.set, this.chosen, this.hidden);
    const { header, chosen } = this;
    const unsaved = this.isUnsaved();
    const words = chosen === null ? "No point chosen: click one, or press Tab on the picture." : this.wordsOf(chosen);
    this.write(".which", words);
    this.write(".state", this.stateWords(unsaved));
    this.find(".state").classList.toggle("unsaved", unsaved);
    const seen = this.find(".seen");
    seen.disabled = chosen === null;
    seen.setAttribute("aria-pressed", String(chosen !== null && !this.set.visible[chosen]));
    this.find(".undo").disabled = !this.set.past.length;
    this.find(".redo").disabled = !this.set.future.length;
    const idle = this.pending !== null || !header.annotator;
    this.find(".save").disabled = idle || (!unsaved && header.frame.saved_version > 0);
    this.find(".save-next").disabled = idle;
    this.find(".stage").style.touchAction = this.stage.view && this.stage.isWhole() ? "pan-y" : "none";
  }

  wordsOf(point) {
    const { sides, names, labels } = this.header;
    const [x, y] = this.set.points[point];
    const side = sides[point] ? `, ${labels[sides[point]]}` : "";
    const unseen = this.set.visible[point] ? "" : ", not visible";
    return `${point + 1} of ${this.set.points.length}: ${names[point]}${side}${unseen} (${x.toFixed(1)}, ${y.toFixed(1)})`;
  }

  stateWords(unsaved) {
    const { annotator, frame } = this.header;
    if (!annotator) return "Enter the annotator above to save.";
    if (this.pending) return "Saving …";
    if (unsaved) return "● Changes not saved";
    return frame.saved_version ? `Saved as version ${frame.saved_version}` : "As the tracker placed them";
  }

  write(selector, words) {
    const place = this.find(selector);
    if (place.textContent !== words) place.textContent = words;
  }

  close() {
    this.closed = true;
    this.observer.disconnect();
    if (this.url) URL.revokeObjectURL(this.url);
  }
}
