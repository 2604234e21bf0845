// Two aligned pictures one over the other. The slider moves the border between them (wipe) or how much of the later one shows (fade).

const skins = new WeakMap();

export default function mount({ data, parentElement }) {
  let skin = skins.get(parentElement);
  if (!skin || !skin.isIn(parentElement)) {
    skin = new Skin(parentElement);
    skins.set(parentElement, skin);
  }
  if (data) skin.load(data);
}

class Skin {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".skin");
    this.slider = root.querySelector(".at");
    this.stage = root.querySelector(".stage");
    this.slider.addEventListener("input", () => this.show());
    for (const mode of ["wipe", "fade"]) {
      root.querySelector(`.${mode}`).addEventListener("click", () => this.choose(mode));
    }
    this.stage.addEventListener("pointerdown", (event) => {
      this.stage.setPointerCapture(event.pointerId);
      this.follow(event);
    });
    this.stage.addEventListener("pointermove", (event) => {
      if (this.stage.hasPointerCapture(event.pointerId)) this.follow(event);
    });
  }

  isIn(root) {
    return this.box === root.querySelector(".skin");
  }

  load(data) {
    this.names = data.names;
    this.box.style.setProperty("--ratio", String(data.ratio));
    for (const [at, which] of ["before", "after"].entries()) {
      const picture = this.root.querySelector(`.${which}`);
      if (picture.getAttribute("src") !== data[which]) picture.src = data[which];
      picture.alt = `${data.expression}, ${data.names[at]}`;
    }
    const { right, left } = data.sides;
    this.label(".on-left", `◀ ${right.label}`, right.colour);
    this.label(".on-right", `${left.label} ▶`, left.colour);
    this.show();
  }

  label(selector, text, colour) {
    const place = this.root.querySelector(selector);
    place.textContent = text;
    place.style.color = colour;
  }

  choose(mode) {
    this.box.dataset.mode = mode;
    for (const other of ["wipe", "fade"]) {
      this.root.querySelector(`.${other}`).setAttribute("aria-pressed", String(other === mode));
    }
    const name = mode === "wipe" ? "Border between the two pictures" : "How much of the later picture shows";
    this.slider.setAttribute("aria-label", name);
    this.show();
  }

  follow(event) {
    const { left, width } = this.stage.getBoundingClientRect();
    this.slider.value = String(Math.round((100 * (event.clientX - left)) / width));
    this.show();
  }

  show() {
    const at = Number(this.slider.value);
    this.box.style.setProperty("--at", `${at}%`);
    this.box.style.setProperty("--share", String(at / 100));
    const words = this.box.dataset.mode === "wipe" ? `baseline up to ${at} %, later visit behind it` : `${at} % of the later visit`;
    this.slider.setAttribute("aria-valuetext", words);
  }
}
