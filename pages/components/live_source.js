// Where the pictures of the live view come from: a camera, or the clip of the simulated patient; and what can go wrong, in words.

const POLL_MS = 500;
const CAMERA = { width: { ideal: 960 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
const PROBLEMS = {
  NotAllowedError:
    "The browser may not use the camera. Allow it at the address bar or in the settings of the system, then start again.",
  NotFoundError: "No camera was found. Connect one, or choose the simulated patient.",
  OverconstrainedError: "This camera is not there any more. Choose another one.",
  NotReadableError: "The camera is used by another program. Close that program, then start again.",
  AbortError: "The camera could not be started. Unplug it and plug it in again, or choose another one.",
  insecure:
    "Browsers give the camera to safe addresses only: open Hemiface at http://localhost or over https. " +
    "The simulated patient works here, too.",
  camera: "The camera could not be started. Try again, or choose another one.",
  unplugged: "The camera was disconnected.",
  silent: "The tracker does not answer. Start again.",
  1008: "This page is not connected any more. Reload it.",
  1011: "The tracker stopped. Start again.",
  1013: "Too many live views are open. Close one of them, then start again.",
  4408: "Stopped, since no picture came for a minute.",
  ended: "The connection to Hemiface ended. Start again.",
  clip: "The simulated patient could not be loaded. Start again.",
};

class Problem extends Error {}

class PictureSource {
  constructor(video) {
    this.video = video;
  }

  deviceId() {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  // The cameras to choose from, named once one may be used; null when it is not wanted any more.
  async openCamera(deviceId, isWanted, onUnplugged) {
    if (!window.isSecureContext || !navigator.mediaDevices) throw new Problem(PROBLEMS.insecure);
    const video = deviceId ? { ...CAMERA, deviceId: { exact: deviceId } } : CAMERA;
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
    if (!isWanted()) {
      stopTracks(stream);
      return null;
    }
    this.stream = stream;
    stream.getVideoTracks()[0].addEventListener("ended", onUnplugged);
    this.video.loop = false;
    this.video.srcObject = stream;
    await this.play(isWanted);
    const devices = await navigator.mediaDevices.enumerateDevices();
    return isWanted() ? devices.filter((device) => device.kind === "videoinput") : null;
  }

  // The server makes a clip when it is asked for the first time; until then it answers 202 with the part that is done.
  async playClip(address, isWanted, onProgress) {
    for (;;) {
      const answer = await fetch(address, { cache: "no-store" }).catch(() => null);
      if (!isWanted()) return;
      if (answer?.status === 200) {
        const clip = await answer.blob();
        if (isWanted()) await this.loop(clip, isWanted);
        return;
      }
      if (answer?.status !== 202) throw new Problem((await wordsOf(answer)) || PROBLEMS.clip);
      const { done } = await answer.json();
      if (!isWanted()) return;
      onProgress(done);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      if (!isWanted()) return;
    }
  }

  async loop(clip, isWanted) {
    this.release();
    this.clip = URL.createObjectURL(clip);
    this.video.loop = true;
    this.video.src = this.clip;
    await this.play(isWanted);
  }

  // Another source that is loaded meanwhile interrupts this; that is no problem.
  async play(isWanted) {
    await this.video.play().catch((problem) => {
      if (isWanted()) throw problem;
    });
  }

  release() {
    if (this.stream) stopTracks(this.stream);
    this.stream = null;
    this.video.srcObject = null;
    this.video.removeAttribute("src");
    this.video.load();
    if (this.clip) URL.revokeObjectURL(this.clip);
    this.clip = null;
  }
}

async function wordsOf(answer) {
  if (answer?.status === 404) return PROBLEMS[1008];
  return answer?.json().then(({ error }) => error, () => "");
}

function stopTracks(stream) {
  for (const track of stream.getTracks()) track.stop();
}
