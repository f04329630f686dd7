// Two low tones: something was not found. Made here, so that there is no file to wait for.

let audio;

export function beep() {
  if (!window.AudioContext) return;
  audio ??= new AudioContext();
  audio.resume();
  for (const [at, pitch] of [[0, 320], [0.16, 220]]) {
    const tone = audio.createOscillator();
    const loud = audio.createGain();
    tone.type = "square";
    tone.frequency.value = pitch;
    loud.gain.value = 0.08;
    tone.connect(loud).connect(audio.destination);
    tone.start(audio.currentTime + at);
    tone.stop(audio.currentTime + at + 0.13);
  }
  document.documentElement.dataset.beeped = String(Number(document.documentElement.dataset.beeped ?? 0) + 1);
}
