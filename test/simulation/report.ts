import { invariants, type Violation } from "./invariants.js";

/** Lines that each invariant shows at most. */
const mostLines = 5;

/** What a seed has broken and how to see it again; empty when that is nothing. */
export function report(seed: number, violations: readonly Violation[]): string {
  if (violations.length === 0) return "";
  const lines = [`seed ${seed} breaks ${violations.length} times:`];
  for (const [invariant, promise] of Object.entries(invariants)) {
    const broken = violations.filter((violation) => violation.invariant === invariant);
    if (broken.length === 0) continue;
    lines.push(`  ${invariant}: ${promise}`);
    for (const { detail } of broken.slice(0, mostLines)) lines.push(`    ${detail}`);
    if (broken.length > mostLines) lines.push(`    and ${broken.length - mostLines} more`);
  }
  lines.push(`Run it again: npm run test:simulation -- --seed ${seed} --trace`);
  return lines.join("\n");
}
