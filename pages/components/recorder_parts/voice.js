// What is heard: beeps, and the prompts in a voice of this device (voices of the internet are not asked).

class Voice {
  constructor(language) {
    this.language = language;
    this.audio = null;
  }

  // A voice for the language that lives on this device; null when there is none.
  find() {
    const voices = window.speechSynthesis?.getVoices() ?? [];
    return voices.find((voice) => voice.localService && voice.lang.toLowerCase().startsWith(this.language)) ?? null;
  }

  // Browsers allow sound only after a click.
  unlock() {
    try {
      this.audio ??= new AudioContext();
      this.audio.resume();
    } catch {
      this.audio = null;
    }
  }

  beep(frequency, seconds = 0.18) {
    if (!this.audio) return;
    const at = this.audio.currentTime;
    const tone = this.audio.createOscillator();
    const loudness = this.audio.createGain();
    tone.frequency.value = frequency;
    loudness.gain.setValueAtTime(0.0001, at);
    loudness.gain.exponentialRampToValueAtTime(0.25, at + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, at + seconds);
    tone.connect(loudness).connect(this.audio.destination);
    tone.start(at);
    tone.stop(at + seconds);
  }

  say(text) {
    const voice = this.find();
    if (!voice) return;
    window.speechSynthesis.cancel();
    const words = new SpeechSynthesisUtterance(text);
    words.voice = voice;
    words.lang = voice.lang;
    window.speechSynthesis.speak(words);
  }

  quiet() {
    window.speechSynthesis?.cancel();
  }

  close() {
    this.quiet();
    this.audio?.close();
    this.audio = null;
  }
}
