/** How long it takes to explain a large parameter list, from bytes to lines of text. */
import { encodeParameterList } from '../src/wire/copy/parameter-list.ts';
import { identificationCscd } from '../src/wire/copy/cscd.ts';
import { blockToBlock } from '../src/wire/copy/segments.ts';
import { encodeJson } from '../src/explain/encode-json.ts';
import { explain } from '../src/explain/explain.ts';
import { formatOf } from '../src/explain/registry.ts';
import { renderSection } from '../src/explain/render.ts';

const LIST_BYTES = 64 * 1024;
const ROUND_COUNT = 11;

export interface ExplainFigures {
  readonly milliseconds: number;
  readonly descriptorCount: number;
}

/** Explains a list of 64 KiB, most of it segments; the figure is the median of eleven rounds. */
export function benchExplain(): ExplainFigures {
  const cscds = [1, 2].map((number) => encodeJson(formatOf(identificationCscd), {
    type: 0xe4, relativeInitiatorPort: 0, codeSet: 1, designatorType: 3,
    designator: `600140540000000${number}`, device: { format: 'block', diskBlockLength: 512 },
  }));
  const count = Math.floor((LIST_BYTES - 16 - 32 * cscds.length) / blockToBlock.size);
  const segments = Array.from({ length: count }, (_, i) => encodeJson(formatOf(blockToBlock), {
    type: 0x02, sourceCscd: 0, destinationCscd: 1, blockCount: 128,
    sourceLba: String(i * 128), destinationLba: String(i * 256),
  }));
  const list = encodeParameterList({ listIdentifier: 1, cscds, segments });
  const times: number[] = [];
  for (let round = 0; round < ROUND_COUNT; round += 1) {
    const start = performance.now();
    const lines = explain(list, { isBinary: true })
      .flatMap(({ section }) => renderSection(section));
    times.push(performance.now() - start);
    if (lines.length < 8 * count) throw new Error(`Cannot measure: only ${lines.length} lines`);
  }
  times.sort((a, b) => a - b);
  return { milliseconds: times[Math.floor(ROUND_COUNT / 2)]!,
    descriptorCount: cscds.length + count };
}
