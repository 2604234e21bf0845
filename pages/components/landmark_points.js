// The 68 points of one picture with their history; no page in here. Coordinates are pixels of the picture.

const MOST_STEPS = 300;

class PointSet {
  // points: 68 pairs; visible: 68 booleans; mirror: index of each point's partner; axis: both inner canthi.
  constructor(points, visible, mirror, axis) {
    this.points = points.map((point) => [...point]);
    this.visible = [...visible];
    this.mirror = mirror;
    this.axis = axis;
    this.past = [];
    this.future = [];
  }

  // What would be saved, as text: two states are the same when their signatures are.
  signature() {
    return JSON.stringify({ points: this.rounded(), visible: this.visible });
  }

  rounded() {
    return this.points.map((point) => point.map((value) => Math.round(value * 1000) / 1000));
  }

  // To be called before a change that can be undone.
  remember() {
    this.past.push(this.snapshot());
    if (this.past.length > MOST_STEPS) this.past.shift();
    this.future = [];
  }

  undo() {
    return this.step(this.past, this.future);
  }

  redo() {
    return this.step(this.future, this.past);
  }

  step(from, to) {
    if (!from.length) return false;
    to.push(this.snapshot());
    const { points, visible } = from.pop();
    this.points = points;
    this.visible = visible;
    return true;
  }

  snapshot() {
    return { points: this.points.map((point) => [...point]), visible: [...this.visible] };
  }

  move(point, x, y) {
    this.points[point] = [x, y];
  }

  toggle(point) {
    this.remember();
    this.visible[point] = !this.visible[point];
  }

  replace(points, visible) {
    this.remember();
    this.points = points.map((point) => [...point]);
    if (visible) this.visible = [...visible];
  }

  // The given points become the mirror images of their partners about the facial midline: the line through the middle of the
  // inner canthi at right angles to the line between them. False when there is no midline.
  copyFromPartners(targets) {
    const [right, left] = this.axis.map((point) => this.points[point]);
    const across = [left[0] - right[0], left[1] - right[1]];
    const length = Math.hypot(...across);
    if (!(length > 0)) return false;
    const normal = across.map((value) => value / length);
    const middle = [(right[0] + left[0]) / 2, (right[1] + left[1]) / 2];
    const reflected = targets.map((target) => {
      const [x, y] = this.points[this.mirror[target]];
      const distance = (x - middle[0]) * normal[0] + (y - middle[1]) * normal[1];
      return [x - 2 * distance * normal[0], y - 2 * distance * normal[1]];
    });
    this.remember();
    targets.forEach((target, i) => this.move(target, ...reflected[i]));
    return true;
  }
}
