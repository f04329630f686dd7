// One change after the other, in the order in which they were made. What gets no answer is sent again under the same
// token (a save: under the draft's own key), so that it happens once however often it is sent.

const ANSWER_MS = 8000;
const WAIT_MS = [1000, 2000, 4000, 8000];
const AGAIN = new Set([502, 503, 504]);

export class SignedOut extends Error {}
export class Failed extends Error {}

export class Post {
  #last = Promise.resolve();
  waiting = 0;

  // `body` is called when its turn comes, so that it names the draft and revision of the answer before it.
  constructor({ csrf, onTrouble }) { this.csrf = csrf; this.onTrouble = onTrouble; }

  send(url, body) {
    this.waiting += 1;
    const answer = this.#last.then(() => this.#untilAnswered(url, JSON.stringify(body()))).finally(() => { this.waiting -= 1; });
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #untilAnswered(url, text) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(url, text);
      } catch (error) {
        if (error instanceof SignedOut || error instanceof Failed) throw error;
        this.onTrouble(attempt + 1);
        await new Promise((done) => setTimeout(done, WAIT_MS[Math.min(attempt, WAIT_MS.length - 1)]));
      }
    }
  }

  async #once(url, text) {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), ANSWER_MS);
    try {
      const answer = await fetch(url, {
        method: "POST", body: text, signal: stop.signal, credentials: "same-origin",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.csrf },
      });
      if (AGAIN.has(answer.status)) throw new TypeError("busy");
      // 403: signed in anew in another tab, which this page's form token does not know. Its link loads the page anew.
      if (answer.redirected || answer.status === 403) throw new SignedOut();
      if (!answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Failed(String(answer.status));
      return await answer.json();
    } finally {
      clearTimeout(timer);
    }
  }
}

export async function part(url, values) {
  const answer = await fetch(`${url}?${new URLSearchParams(values)}`, { credentials: "same-origin" });
  if (answer.redirected) throw new SignedOut();
  return answer.ok ? answer.text() : "";
}
