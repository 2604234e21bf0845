// The picture with its points: what is drawn, zoom and pan, and which point a pointer means.

const SVG = "http://www.w3.org/2000/svg";
const MOST_ZOOM = 40;
const DOT_PX = 4;
const CHOSEN_PX = 8;
const HIT_PX = { mouse: 12, pen: 14, touch: 24 };
const STILL_PX = 3;
// Of points that lie over each other, as those of closed lips, the chosen one is meant.
const SAME_PX = 3;

class Stage {
  constructor(root, acts) {
    this.box = root.querySelector(".stage");
    this.svg = root.querySelector(".picture");
    this.loupe = root.querySelector(".loupe");
    this.acts = acts;
    this.pointers = new Map();
    this.view = null;
    this.listen();
  }

  // --- what is there ----------------------------------------------------------------------------

  setPicture(url, width, height) {
    this.width = width;
    this.height = height;
    for (const image of [...this.box.querySelectorAll("image")]) {
      image.setAttribute("href", url);
      image.setAttribute("width", String(width));
      image.setAttribute("height", String(height));
    }
  }

  setScheme(header) {
    this.header = header;
    const lines = this.svg.querySelector(".lines");
    lines.replaceChildren(
      ...header.outlines.map((outline) => {
        const line = document.createElementNS(SVG, outline.closed ? "polygon" : "polyline");
        line.dataset.region = outline.region;
        return line;
      }),
    );
    this.svg.querySelector(".points").replaceChildren(
      ...header.sides.map((side, point) => {
        const group = document.createElementNS(SVG, "g");
        group.dataset.point = String(point);
        for (const name of ["hit", "dot"]) {
          const circle = document.createElementNS(SVG, "circle");
          circle.setAttribute("class", name);
          group.append(circle);
        }
        group.lastChild.style.color = header.colours[side || "midline"];
        return group;
      }),
    );
  }

  draw(set, chosen, hidden) {
    this.set = set;
    this.chosen = chosen;
    this.hidden = hidden;
    if (!this.view || !this.set) return;
    const { x, y, width, height } = this.view;
    this.svg.setAttribute("viewBox", `${x} ${y} ${width} ${height}`);
    const unit = this.unit();
    this.svg.querySelectorAll(".lines > *").forEach((line, i) => {
      const outline = this.header.outlines[i];
      line.setAttribute("points", outline.points.map((point) => set.points[point].join(",")).join(" "));
      line.style.display = hidden.has(outline.region) ? "none" : "";
    });
    this.svg.querySelectorAll(".points > g").forEach((group, point) => {
      group.style.display = this.isHidden(point) ? "none" : "";
      group.setAttribute("class", [point === chosen ? "chosen" : "", set.visible[point] ? "" : "unseen"].join(" ").trim());
      const [hit, dot] = group.children;
      for (const circle of [hit, dot]) {
        circle.setAttribute("cx", String(set.points[point][0]));
        circle.setAttribute("cy", String(set.points[point][1]));
      }
      hit.setAttribute("r", String(HIT_PX.touch * 0.6 * unit));
      dot.setAttribute("r", String((point === chosen ? CHOSEN_PX : DOT_PX) * unit));
    });
    this.drawLoupe();
  }

  isHidden(point) {
    return this.hidden.has(this.header.region_of[point]);
  }

  drawLoupe() {
    const shown = this.chosen !== null && !this.isHidden(this.chosen);
    this.loupe.style.display = shown ? "" : "none";
    if (!shown) return;
    const [x, y] = this.set.points[this.chosen];
    const across = Math.max(24, this.header.eye_distance_px * 0.28);
    this.loupe.setAttribute("viewBox", `${x - across / 2} ${y - across / 2} ${across} ${across}`);
    this.loupe.querySelector("path").setAttribute(
      "d",
      `M${x - across / 2} ${y}H${x - across / 16}M${x + across / 16} ${y}H${x + across / 2}` +
        `M${x} ${y - across / 2}V${y - across / 16}M${x} ${y + across / 16}V${y + across / 2}`,
    );
    const dot = this.loupe.querySelector("circle");
    dot.setAttribute("cx", String(x));
    dot.setAttribute("cy", String(y));
    dot.setAttribute("r", String(across / 80));
    const side = this.header.sides[this.chosen];
    this.loupe.style.setProperty("--own", this.header.colours[side || "midline"]);
    // In the corner that is farthest from the point.
    this.loupe.classList.toggle("at-right", x < this.view.x + this.view.width / 2);
    this.loupe.classList.toggle("at-bottom", y < this.view.y + this.view.height / 2);
  }

  // --- zoom and pan -----------------------------------------------------------------------------

  // Pixels of the picture a pixel of the screen.
  unit() {
    return this.view.width / (this.box.clientWidth || 1);
  }

  // Show a rectangle of the picture as large as it fits.
  fit(x, y, width, height) {
    const ratio = (this.box.clientWidth || 1) / (this.box.clientHeight || 1);
    const wide = Math.max(width, height * ratio);
    this.view = { x: x + width / 2 - wide / 2, y: y + height / 2 - wide / ratio / 2, width: wide, height: wide / ratio };
  }

  fitPicture() {
    this.fit(0, 0, this.width, this.height);
  }

  fitFace(points) {
    const across = points.map((point) => point[0]);
    const down = points.map((point) => point[1]);
    const [left, top] = [Math.min(...across), Math.min(...down)];
    const [width, height] = [Math.max(...across) - left, Math.max(...down) - top];
    this.fit(left - width * 0.12, top - height * 0.16, width * 1.24, height * 1.28);
  }

  // The place under the pointer stays where it is.
  zoom(factor, at) {
    const { view } = this;
    const ratio = view.height / view.width;
    const widest = Math.max(this.width, this.height / ratio) * 1.15;
    const width = Math.min(Math.max(view.width / factor, this.width / MOST_ZOOM), widest);
    const [x, y] = at ?? [view.x + view.width / 2, view.y + view.height / 2];
    const scale = width / view.width;
    this.view = { x: x - (x - view.x) * scale, y: y - (y - view.y) * scale, width, height: width * ratio };
    this.keepInside();
  }

  pan(across, down) {
    this.view.x += across;
    this.view.y += down;
    this.keepInside();
  }

  // The middle of the view stays on the picture.
  keepInside() {
    const { view } = this;
    view.x = Math.min(Math.max(view.x, -view.width / 2), this.width - view.width / 2);
    view.y = Math.min(Math.max(view.y, -view.height / 2), this.height - view.height / 2);
  }

  // Bring a point into the inner part of the view.
  reveal([x, y]) {
    const { view } = this;
    const inset = 0.08;
    const into = (at, start, length) => {
      const low = start + length * inset;
      const high = start + length * (1 - inset);
      return at < low ? at - low : at > high ? at - high : 0;
    };
    view.x += into(x, view.x, view.width);
    view.y += into(y, view.y, view.height);
  }

  resized() {
    if (!this.view) return;
    const { x, y, width, height } = this.view;
    const tall = (width * (this.box.clientHeight || 1)) / (this.box.clientWidth || 1);
    this.view = { x, y: y + (height - tall) / 2, width, height: tall };
  }

  isWhole() {
    return this.view.width >= this.width && this.view.height >= this.height;
  }

  // --- pointers ---------------------------------------------------------------------------------

  place(event) {
    const box = this.svg.getBoundingClientRect();
    const { view } = this;
    return [
      view.x + ((event.clientX - box.left) / box.width) * view.width,
      view.y + ((event.clientY - box.top) / box.height) * view.height,
    ];
  }

  nearest([x, y], kind) {
    let best = null;
    let least = (HIT_PX[kind] ?? HIT_PX.mouse) * this.unit();
    this.set.points.forEach((point, i) => {
      const distance = Math.hypot(point[0] - x, point[1] - y);
      if (distance < least && !this.isHidden(i)) [best, least] = [i, distance];
    });
    const { chosen } = this;
    if (best === null || chosen === null || this.isHidden(chosen)) return best;
    const own = this.set.points[chosen];
    return Math.hypot(own[0] - x, own[1] - y) <= least + SAME_PX * this.unit() ? chosen : best;
  }

  listen() {
    this.svg.addEventListener("pointerdown", (event) => this.down(event));
    this.svg.addEventListener("pointermove", (event) => this.moved(event));
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, (event) => this.up(event));
    this.svg.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
  }

  down(event) {
    if (!this.set || event.button > 0) return;
    this.pointers.set(event.pointerId, event);
    if (this.pointers.size === 2) {
      this.drag = null;
      this.pinch = this.spread();
      return;
    }
    if (this.pointers.size > 2) return;
    const at = this.place(event);
    const point = this.nearest(at, event.pointerType);
    const free = this.isWhole() && event.pointerType === "touch";
    if (point === null && free) return; // lets a finger scroll the page
    this.svg.setPointerCapture(event.pointerId);
    const from = point === null ? at : this.set.points[point];
    this.drag = { point, offset: [from[0] - at[0], from[1] - at[1]], at, x: event.clientX, y: event.clientY, begun: false };
    if (point !== null) this.acts.choose(point);
  }

  moved(event) {
    if (!this.pointers.has(event.pointerId)) return;
    this.pointers.set(event.pointerId, event);
    if (this.pinch && this.pointers.size === 2) {
      this.pinched();
      return;
    }
    const { drag } = this;
    if (!drag) return;
    if (!drag.begun && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) < STILL_PX) return;
    const at = this.place(event);
    if (drag.point === null) {
      drag.begun = true;
      this.pan(drag.at[0] - at[0], drag.at[1] - at[1]);
      this.acts.redraw();
      return;
    }
    if (!drag.begun) this.acts.begin();
    drag.begun = true;
    this.acts.move(drag.point, at[0] + drag.offset[0], at[1] + drag.offset[1]);
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    if (this.pointers.size < 2) this.pinch = null;
    if (this.drag && this.drag.point === null && !this.drag.begun) this.acts.choose(null);
    if (this.drag?.begun && this.drag.point !== null) this.acts.end();
    this.drag = null;
  }

  spread() {
    const [one, other] = [...this.pointers.values()];
    const middle = { clientX: (one.clientX + other.clientX) / 2, clientY: (one.clientY + other.clientY) / 2 };
    return { length: Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY), at: this.place(middle), middle };
  }

  pinched() {
    const now = this.spread();
    this.zoom(now.length / Math.max(this.pinch.length, 1), this.pinch.at);
    const at = this.place(now.middle);
    this.pan(this.pinch.at[0] - at[0], this.pinch.at[1] - at[1]);
    this.pinch = { ...this.pinch, length: now.length };
    this.acts.redraw();
  }

  wheel(event) {
    // Where all is seen already, the wheel scrolls the page.
    if (!this.set || (event.deltaY > 0 && this.isWhole())) return;
    event.preventDefault();
    this.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0015)), this.place(event));
    this.acts.redraw();
  }
}
