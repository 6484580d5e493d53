/** Why an EXTENDED COPY failed, in words: its own sense data and that of the device behind it. */
import { hex } from '../../bytes/hex.ts';
import { walk } from '../../codec/list.ts';
import { forwardedSense, senseDescriptors } from '../../sense/formats.ts';
import { readSense } from '../../sense/sense.ts';
import { STATUS } from '../../sam/command.ts';

/** A list that did not end well. The message is for people; `segment` counts from 0. */
export class CopyFailed extends Error {
  readonly segment: number | undefined;

  constructor(message: string, segment: number | undefined) {
    super(message);
    this.name = 'CopyFailed';
    this.segment = segment;
  }
}

const ENDS = { source: 'the copy source', destination: 'the copy destination' } as const;

/** Throws: Malformed if the bytes are no sense data. */
export function explainCopyFailure(doing: string, sense: Uint8Array): CopyFailed {
  const own = readSense(sense);
  const segment = own.key === 'copyAborted' ? own.segment : undefined;
  const where = segment === undefined ? '' : ` in segment ${segment}`;
  const rest = own.information === undefined ? '' : `, ${own.information} not written`;
  // Only with COPY ABORTED do these places hold forwarded sense data.
  const behind = (own.key === 'copyAborted' ? forwarded(sense) : []).map(
    ({ end, status, sense: text }) => `; ${ENDS[end]} answered ${text ?? `status ${hex(status)}`}`);
  return new CopyFailed(`Cannot ${doing}: ${own.text}${where}${rest}${behind.join('')}`, segment);
}

interface ForwardedText {
  readonly end: keyof typeof ENDS;
  readonly status: number;
  readonly sense: string | undefined;
}

const describe = (
  end: keyof typeof ENDS, status: number, sense: Uint8Array): ForwardedText => {
  // Forwarded sense may be cut: bytes that are missing are read as zeros.
  const isFixed = ((sense[0] ?? 0) & 0x7e) === 0x70;
  const whole = new Uint8Array(Math.max(isFixed ? 18 : 8, sense.length));
  whole.set(sense);
  whole[7] = Math.min(whole[7]!, whole.length - 8);
  const readable = status === STATUS.checkCondition && sense.length >= (isFixed ? 14 : 8);
  return { end, status, sense: readable ? readSense(whole).text : undefined };
};

/** Source: SPC-4 5.17.7.4 (fixed: offsets in bytes 8 and 9; descriptor format: 0Ch). */
function forwarded(sense: Uint8Array): ForwardedText[] {
  if ((sense[0]! & 0x7e) === 0x72) {
    return walk(senseDescriptors, sense, 8, Math.min(sense.length, 8 + sense[7]!)).items
      .filter(({ layout }) => layout === forwardedSense)
      .map(({ at, end }) => forwardedSense.decode(sense, at, end).value)
      .map(({ origin, status, sense: bytes }) =>
        describe(origin === 1 ? 'source' : 'destination', status, bytes));
  }
  const [source, destination] = [sense[8]!, sense[9]!]; // 18 bytes: readSense has looked
  const areaEnd = (at: number): number =>
    (at === source && destination > source ? destination : sense.length);
  return ([['source', source], ['destination', destination]] as const)
    .filter(([, at]) => at >= 18 && at < sense.length)
    .map(([end, at]) => describe(end, sense[at]!, sense.subarray(at + 1, areaEnd(at))));
}
