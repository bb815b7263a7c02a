// What a temperature makes of logits. The same as kdcore/softness.py, for where a picture cannot wait for the server.

export function soften(logits, temperature) {
  return logSoften(logits, temperature).map(Math.exp);
}

// How undecided an answer is, in nats.
export function entropy(logits, temperature) {
  const logs = logSoften(logits, temperature);
  return -sum(logs.map((log) => Math.exp(log) * log));
}

// How far a student's answer is from its teacher's: KL(teacher || student) in nats.
export function divergence(teacher, student, temperature) {
  const [logP, logQ] = [teacher, student].map((logits) => logSoften(logits, temperature));
  return Math.max(0, sum(logP.map((log, k) => Math.exp(log) * (log - logQ[k])))); // rounding may leave it a hair below
}

function logSoften(logits, temperature) {
  const scaled = logits.map((logit) => logit / temperature);
  const most = Math.max(...scaled); // taken off first, so that no power overflows
  const norm = most + Math.log(sum(scaled.map((each) => Math.exp(each - most))));
  return scaled.map((each) => each - norm);
}

function sum(numbers) {
  return numbers.reduce((total, each) => total + each, 0);
}
