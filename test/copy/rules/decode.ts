/** Sense data taken apart by hand, with the byte numbers of the standard. Source: SPC-4 4.5. */

export interface FoundForwarded {
  readonly side: 'source' | 'destination';
  readonly status: number;
  readonly sense: Uint8Array;
}

export interface Found {
  readonly key: number;
  /** ASC × 256 + ASCQ. */
  readonly code: number;
  /** Undefined if VALID is 0, or there is no Information descriptor. */
  readonly information: number | undefined;
  /** The three sense key specific bytes; undefined if SKSV is 0. */
  readonly specific: readonly number[] | undefined;
  /** Of COMMAND-SPECIFIC INFORMATION: third and fourth byte; undefined if it is not there. */
  readonly segment: number | undefined;
  readonly forwarded: readonly FoundForwarded[];
}

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at]! << 8) | bytes[at + 1]!;
const u32 = (bytes: Uint8Array, at: number): number =>
  u16(bytes, at) * 0x1_0000 + u16(bytes, at + 2);
const specificIn = (bytes: Uint8Array, at: number): number[] | undefined =>
  (bytes[at]! & 0x80 ? [...bytes.subarray(at, at + 3)] : undefined);

/** Throws: Error if the bytes are neither of the two formats, or their lengths are wrong. */
export function decoded(sense: Uint8Array): Found {
  if (sense[7]! + 8 !== sense.length) throw new Error('ADDITIONAL SENSE LENGTH is wrong');
  if (sense[0]! === 0x72) return decodedDescriptors(sense);
  if ((sense[0]! & 0x7f) === 0x70) return decodedFixed(sense);
  throw new Error(`response code ${sense[0]}`);
}

/** In fixed format the segment number is never left out: 0 says that there may be none. */
function decodedFixed(sense: Uint8Array): Found {
  const forwarded: FoundForwarded[] = [];
  for (const [pointer, side] of [[8, 'source'], [9, 'destination']] as const) {
    const at = sense[pointer]!;
    if (at === 0) continue;
    if (at < 18) throw new Error('forwarded sense data lie in the fixed part');
    forwarded.push({ side, status: sense[at]!, sense: sense.subarray(at + 1) });
  }
  return {
    key: sense[2]! & 0x0f, code: u16(sense, 12),
    information: sense[0]! & 0x80 ? u32(sense, 3) : undefined,
    specific: specificIn(sense, 15), segment: u16(sense, 10), forwarded,
  };
}

function decodedDescriptors(sense: Uint8Array): Found {
  let found: Found = {
    key: sense[1]! & 0x0f, code: u16(sense, 2), information: undefined, specific: undefined,
    segment: undefined, forwarded: [],
  };
  for (let at = 8; at < sense.length; at += 2 + sense[at + 1]!) {
    const part = sense.subarray(at, at + 2 + sense[at + 1]!);
    found = { ...found, ...fieldsOf(part, found) };
  }
  return found;
}

function fieldsOf(part: Uint8Array, { forwarded }: Found): Partial<Found> {
  switch (part[0]) {
    case 0x00: return { information: u32(part, 8) };
    case 0x01: return { segment: u16(part, 6) };
    case 0x02: return { specific: specificIn(part, 4) };
    case 0x04: return {};
    case 0x0c: {
      const side = (part[2]! & 0x0f) === 1 ? 'source' : 'destination';
      return { forwarded: [
        ...forwarded, { side, status: part[3]!, sense: part.subarray(4) }] };
    }
    default: throw new Error(`sense data descriptor ${part[0]}`);
  }
}

/** Sense key and codes of sense data of either format; other fields are not looked at. */
export const codesOf = (sense: Uint8Array): readonly [key: number, code: number] =>
  ((sense[0]! & 0x7e) === 0x72 ? [sense[1]! & 0x0f, u16(sense, 2)]
    : [sense[2]! & 0x0f, u16(sense, 12)]);
