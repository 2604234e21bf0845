// Looks at a small picture of the preview now and then and tells what the server sees in it.

const LOOK_EVERY_MS = 400;
const LOOK_WHILE_RECORDING_MS = 800;
const LOOK_WIDTH = 480;

class Framing {
  constructor(camera, base, token) {
    this.camera = camera;
    this.base = base;
    this.token = token;
    this.canvas = document.createElement("canvas");
    this.onSeen = () => {};
    this.running = false;
  }

  start(every) {
    this.every = every;
    if (this.running) return;
    this.running = true;
    this.look();
  }

  stop() {
    this.running = false;
    clearTimeout(this.timer);
  }

  async look() {
    const began = performance.now();
    let seen = null;
    try {
      const picture = await this.camera.picture(LOOK_WIDTH, this.canvas);
      if (picture && this.running) {
        const width = this.camera.video.videoWidth;
        const answer = await fetch(`${this.base}/frame?width=${width}`, {
          method: "POST",
          body: picture,
          headers: { "X-Hemiface-Token": this.token },
        });
        if (answer.ok) seen = await answer.json();
      }
    } catch {
      seen = null;
    }
    if (!this.running) return;
    this.onSeen(seen);
    this.timer = setTimeout(() => this.look(), Math.max(0, this.every - (performance.now() - began)));
  }
}
