// What the recorder shows: words, findings, the demonstration. It decides nothing.

const ASPECTS = ["face", "distance", "head", "light"];
const RING = 2 * Math.PI * 52;

class Screen {
  constructor(root) {
    this.root = root;
    this.box = root.querySelector(".recorder");
    this.find = (selector) => root.querySelector(selector);
  }

  load(data) {
    this.data = data;
    this.texts = data.texts;
    this.box.classList.toggle("home", data.home);
    this.write();
  }

  // Above everything else on the page, whatever is drawn there.
  fillWindow(on) {
    if (!this.box.showPopover || on === Boolean(this.fills)) return;
    this.fills = on;
    if (on) {
      this.box.popover = "manual";
      this.box.showPopover();
    } else {
      this.box.hidePopover();
      this.box.removeAttribute("popover");
    }
  }

  tellWhy(key) {
    const why = this.find(".why");
    why.hidden = key === null;
    why.textContent = key === null ? "" : this.texts[key];
    this.find(".open").textContent = key === null ? this.texts.start_camera : this.texts.try_again;
  }

  note(text) {
    const note = this.find(".note");
    note.hidden = !text;
    note.textContent = text ?? "";
  }

  showFindings(seen) {
    const list = this.find(".findings");
    const items = ASPECTS.map((aspect) => {
      const code = seen?.findings[aspect] ?? "unknown";
      const tone = code.endsWith("_ok") ? "good" : code === "unknown" ? "open" : "bad";
      return [tone, code === "unknown" && aspect === "face" ? this.texts.checking : this.texts[code]];
    });
    const key = JSON.stringify(items);
    this.find(".oval").classList.toggle("good", Boolean(seen?.good));
    this.find(".start").textContent = seen?.good ? this.texts.start : this.texts.start_anyway;
    if (key === this.shown) return; // an unchanged list is not read aloud again
    this.shown = key;
    list.replaceChildren(
      ...items.map(([tone, text]) => {
        const item = document.createElement("li");
        item.className = tone;
        item.textContent = text;
        return item;
      })
    );
  }

  demonstrate(expression) {
    const figure = this.find(".demonstration");
    const video = figure.querySelector("video");
    figure.hidden = expression === null;
    if (expression === null) {
      video.pause();
      return;
    }
    const { clip, poster } = this.data.demonstrations[expression];
    if (video.dataset.of === expression && !video.paused) return;
    video.dataset.of = expression;
    video.poster = poster;
    video.setAttribute("aria-label", this.data.expressions[expression].label);
    if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) {
      video.removeAttribute("src");
      video.load();
      return;
    }
    video.src = clip;
    video.play().catch(() => {});
  }

  tellEnd(text) {
    this.find(".end-word").textContent = text;
    this.find(".again").hidden = true;
  }

  write() {
    const { texts } = this;
    const words = {
      ".open": texts.start_camera, ".wait": texts.starting_camera, ".framing-title": texts.framing,
      ".camera-choice span": texts.camera, ".start": texts.start_anyway, ".practise": texts.practise, ".pause": texts.pause,
      ".repeat": texts.repeat, ".skip": texts.skip, ".stop": texts.stop, ".yes": texts.yes_stop, ".no": texts.no_go_on,
      ".sure p": texts.stop_sure, ".mirror-note": texts.preview, ".no-voice": texts.no_voice, ".demonstration figcaption": texts.demonstration,
    };
    for (const [selector, text] of Object.entries(words)) this.find(selector).textContent = text;
    this.find(".switch:has(.spoken) span").textContent = texts.spoken;
    this.find(".switch:has(.beep) span").textContent = texts.beep;
    this.find(".switch:has(.sound) span").textContent = texts.sound;
    this.find(".sound-choice").hidden = this.data.home;
    this.find(".practise").hidden = !this.data.practice;
    this.find(".preview").setAttribute("aria-label", texts.preview);
    this.showFindings(null);
  }

  offerVoice(there) {
    const spoken = this.find(".spoken");
    spoken.disabled = !there;
    if (!there) spoken.checked = false;
    else if (this.data.home && spoken.dataset.offered === undefined) spoken.checked = true;
    if (there) spoken.dataset.offered = "";
    this.find(".no-voice").hidden = there;
  }
}

function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}
