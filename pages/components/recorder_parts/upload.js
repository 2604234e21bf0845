// Parts of a recording on their way to the server: one after the other, kept here until the server has them on its disk.

const RETRY_MS = [500, 1000, 2000, 4000, 8000];
const MANY_WAITING = 6;

class RefusedError extends Error {}

class Upload {
  constructor(base, token) {
    this.base = base;
    this.token = token;
    this.id = null;
    this.parts = 0;
    this.waiting = [];
    this.stopped = false;
    this.chain = Promise.resolve();
    this.onSlow = () => {};
  }

  async begin(mime, camera) {
    const answer = await this.post("", JSON.stringify({ mime, camera }));
    this.id = answer.id;
    return this.id;
  }

  add(blob) {
    const number = this.parts;
    this.parts += 1;
    this.queue(() => this.post(`/${this.id}/part/${number}`, blob));
  }

  cues(cues) {
    this.queue(() => this.post(`/${this.id}/cues`, JSON.stringify({ cues })));
  }

  async finish(cues, camera) {
    await this.chain;
    if (this.failure) throw this.failure;
    const answer = await this.post(`/${this.id}/finish`, JSON.stringify({ parts: this.parts, cues, camera }));
    return answer.id;
  }

  // After a lost connection: everything that is not there yet is sent.
  retry() {
    this.failure = null;
    this.stopped = false;
    this.send();
  }

  cancel() {
    this.stopped = true;
  }

  queue(request) {
    this.waiting.push(request);
    this.send();
  }

  send() {
    this.chain = this.chain.then(async () => {
      while (this.waiting.length && !this.failure) {
        try {
          await this.waiting[0]();
          this.waiting.shift();
        } catch (problem) {
          this.failure = problem;
        }
        this.tellSlow();
      }
      if (this.failure instanceof RefusedError) this.waiting = []; // what follows would be refused as well
    });
    this.tellSlow();
  }

  tellSlow() {
    this.onSlow(this.waiting.length >= MANY_WAITING);
  }

  // A lost connection is waited for; an answer that refuses is final.
  async post(path, body) {
    for (let attempt = 0; ; attempt += 1) {
      if (this.stopped) throw new RefusedError("stopped");
      let answer = null;
      try {
        answer = await fetch(this.base + path, { method: "POST", body, headers: { "X-Hemiface-Token": this.token } });
      } catch {
        answer = null;
      }
      if (answer?.ok) return answer.json();
      if (answer && answer.status < 500 && answer.status !== 429) {
        const told = await answer.json().catch(() => ({}));
        throw new RefusedError(told.error ?? String(answer.status));
      }
      if (attempt >= 40) throw new Error("lost_connection");
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)]));
    }
  }
}
