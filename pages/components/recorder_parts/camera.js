// The camera: opened with plain words for every way in which that fails, and closed again without fail.

const MIMES = ["video/mp4;codecs=avc1.42E01E", "video/webm;codecs=vp9", "video/webm;codecs=vp8"];
const SOUND = { "video/mp4;codecs=avc1.42E01E": ",mp4a.40.2", "video/webm;codecs=vp9": ",opus", "video/webm;codecs=vp8": ",opus" };
const FAILURES = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "no_camera",
  OverconstrainedError: "no_camera",
  NotReadableError: "busy",
  AbortError: "busy",
};

// Why this browser cannot record here, as a key of the texts; null when it can.
function cannotRecord() {
  if (!window.isSecureContext || !navigator.mediaDevices) return "insecure";
  if (typeof MediaRecorder === "undefined" || !chooseMime(false)) return "unsupported";
  return null;
}

function chooseMime(withSound) {
  for (const mime of MIMES) {
    const whole = withSound ? mime + SOUND[mime] : mime;
    if (MediaRecorder.isTypeSupported(whole)) return whole;
  }
  return null;
}

class Camera {
  constructor(video) {
    this.video = video;
    this.stream = null;
  }

  // Opens a camera and shows it; throws an Error whose message is a key of the texts.
  async open({ deviceId = null, sound = false, onEnd = () => {} } = {}) {
    this.close();
    const wanted = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    if (deviceId) wanted.deviceId = { exact: deviceId };
    else wanted.facingMode = "user";
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: sound });
    } catch (problem) {
      throw new Error(FAILURES[problem.name] ?? "camera_failed");
    }
    const track = this.track;
    track.addEventListener("ended", onEnd);
    this.video.srcObject = this.stream;
    await this.video.play().catch(() => {});
    return this.settings();
  }

  get track() {
    return this.stream?.getVideoTracks()[0] ?? null;
  }

  settings() {
    const { width, height, frameRate, deviceId } = this.track?.getSettings() ?? {};
    return { width, height, frameRate, deviceId };
  }

  async list() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    return devices.filter((device) => device.kind === "videoinput");
  }

  // A small picture of what the camera sees now, as it is recorded (not mirrored); null before the first picture.
  picture(width, canvas) {
    const { videoWidth, videoHeight } = this.video;
    if (!videoWidth) return Promise.resolve(null);
    const scale = Math.min(1, width / Math.max(videoWidth, videoHeight));
    canvas.width = Math.round(videoWidth * scale);
    canvas.height = Math.round(videoHeight * scale);
    canvas.getContext("2d").drawImage(this.video, 0, 0, canvas.width, canvas.height);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", 0.8));
  }

  close() {
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.srcObject = null;
  }
}
