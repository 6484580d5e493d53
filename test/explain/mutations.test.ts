import { expect, it } from 'vitest';
import { hexBytes } from '../../src/bytes/hex.ts';
import type { Finding } from '../../src/codec/finding.ts';
import { encodeJson, toJson } from '../../src/explain/encode-json.ts';
import { explain } from '../../src/explain/explain.ts';
import type { Format } from '../../src/explain/format.ts';
import { recognise } from '../../src/explain/recognise.ts';
import { formatById } from '../../src/explain/registry.ts';
import { findingsJson, renderSection, sectionJson } from '../../src/explain/render.ts';
import { findingsOf, sectionOf } from '../../src/explain/section.ts';
import { between, pick, seeded } from '../support/seeded.ts';
import { bytes, vectorIds, vectors } from '../support/vectors.ts';

const SEED = 20_261_122;
const ROUND_COUNT = process.env['CI'] === 'true' ? 100_000 : 10_000;

/** Text for each byte of input: some lines a field, at each depth of nesting. */
const TEXT_PER_BYTE_MAX = 2000;
const TEXT_MIN = 20_000;

const cases: readonly (readonly [Format, Uint8Array])[] = vectorIds().flatMap((id) =>
  vectors(id).vectors.map(({ hex }) => [formatById(id)!, bytes(hex)] as const));

function mutated(random: () => number, original: Uint8Array): Uint8Array {
  let out = Array.from(original);
  const count = between(random, 1, 4);
  for (let i = 0; i < count; i += 1) {
    const at = between(random, 0, Math.max(0, out.length - 1));
    const kind = between(random, 0, 5);
    if (kind === 0) out[at] = between(random, 0, 255);
    else if (kind === 1) out[at] = (out[at] ?? 0) ^ (1 << between(random, 0, 7));
    else if (kind === 2) out[at] = pick(random, [0x00, 0xff, 0x7f, 0x80]);
    else if (kind === 3) out = out.slice(0, at);
    else if (kind === 4) out.splice(at, 0, ...out.slice(at, at + between(random, 1, 32)));
    else out.splice(at, between(random, 1, 8));
  }
  return Uint8Array.from(out);
}

/** What is promised, without the cost of `expect` in a loop of a hundred thousand rounds. */
function promise(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

/** Everything that looks at bytes. */
function lookAt(format: Format, data: Uint8Array): readonly Finding[] {
  const section = sectionOf(format, data);
  const characters = renderSection(section).reduce((sum, line) => sum + line.length, 0);
  promise(characters < TEXT_MIN + TEXT_PER_BYTE_MAX * data.length, `${characters} characters`);
  const findings = findingsOf(section);
  promise(findings.every(({ at }) => at >= 0 && at <= data.length), 'a finding lies outside');
  return findings;
}

/** What takes several formats into view, and so takes longer. */
function lookUnasked(data: Uint8Array): void {
  try {
    for (const { section } of explain(data, { isBinary: true })) {
      JSON.stringify([sectionJson(section), findingsJson(section)]);
    }
  } catch (error) {
    promise(error instanceof RangeError && recognise(data).length === 0, String(error));
  }
}

/** What is without an error comes back from JSON, bit for bit, unless text cannot. */
function comeBack(format: Format, data: Uint8Array, findings: readonly Finding[]): void {
  const json = toJson(format, data);
  const cannot = findings
    .some(({ rule, severity }) => severity === 'error' || rule === 'surplus' || rule === 'value');
  if (cannot) return;
  const again = encodeJson(format, json, data);
  promise(hexBytes(again) === hexBytes(data), `comes back as ${hexBytes(again)}`);
}

it(`explains ${ROUND_COUNT} mutations of all vectors (seed ${SEED})`, () => {
  const random = seeded(SEED);
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const [format, original] = pick(random, cases);
    const data = mutated(random, original);
    try {
      comeBack(format, data, lookAt(format, data));
      if (round % 4 === 0) lookUnasked(data);
    } catch (error) {
      throw new Error(`Round ${round} of seed ${SEED}, ${format.id}: ${hexBytes(data)}`,
        { cause: error });
    }
  }
}, 120_000);

it('bounds how deep sense data can hold sense data', () => {
  const levels = 60;
  const inner = Array.from({ length: levels }, (_, i) => {
    const left = 12 * (levels - i) - 8;
    return [0x72, 0x0a, 0, 0, 0, 0, 0, Math.min(255, left), 0x0c, Math.min(255, left - 2), 1, 2];
  }).flat();
  const section = sectionOf(formatById('sense/descriptor-sense')!, Uint8Array.from(inner));
  expect(renderSection(section).join('\n').length).toBeLessThan(500_000);
});
