// One recording: MediaRecorder, its clock, and its parts on their way to the server.

const PART_MS = 1000;
const BITS_PER_SECOND = 6e6;
const TAIL_MS = 600;

class Recording {
  constructor(camera, upload, withSound) {
    this.camera = camera;
    this.upload = upload;
    this.withSound = withSound;
  }

  // Starts and resolves when the recorder runs; the clock begins there.
  async start() {
    const mime = chooseMime(this.withSound);
    this.facts = { ...this.camera.settings(), user_agent: navigator.userAgent };
    delete this.facts.deviceId;
    await this.upload.begin(mime, this.facts);
    // Without the interval of key frames Chromium keeps mp4 parts back for seconds (ecosystem 2.3).
    this.recorder = new MediaRecorder(this.camera.stream, {
      mimeType: mime,
      videoBitsPerSecond: BITS_PER_SECOND,
      videoKeyFrameIntervalDuration: 1000,
    });
    this.recorder.ondataavailable = (event) => {
      if (event.data.size) this.upload.add(event.data);
    };
    const started = new Promise((resolve) => {
      this.recorder.onstart = resolve;
    });
    this.stopped = new Promise((resolve) => {
      this.recorder.onstop = resolve;
    });
    this.recorder.start(PART_MS);
    await started;
    this.began = performance.now();
  }

  get seconds() {
    return (performance.now() - this.began) / 1000;
  }

  async stop() {
    if (this.recorder && this.recorder.state !== "inactive") {
      // The last relaxation is seen to its end; a camera that is gone has nothing to add.
      if (this.camera.track?.readyState === "live") await new Promise((resolve) => setTimeout(resolve, TAIL_MS));
      performance.mark("hemiface-stop");
      if (this.recorder.state !== "inactive") this.recorder.stop();
    }
    await this.stopped;
  }

  async finish(cues) {
    const id = await this.upload.finish(cues, this.facts);
    performance.mark("hemiface-stored");
    return id;
  }

  // The page is left: what has arrived is kept as a recording that broke off.
  abandon() {
    if (this.recorder && this.recorder.state !== "inactive") this.recorder.stop();
  }
}
