/** What a login in the capture says of a connection: names, and which digests it uses. */
import { concat } from '../../bytes/concat.ts';
import { HEADER_BYTES, OPCODE } from '../../wire/iscsi/opcodes.ts';
import { textLines } from '../text-lines.ts';
import { pdusOf } from './framing.ts';
import { type Digests, digestsAt, extentOf, isPduOf, NO_DIGESTS, type Role } from './header.ts';
import type { ByteStream } from './stream.ts';

/** Names and digests of a connection. */
export interface Login {
  readonly initiator: string | undefined;
  readonly target: string | undefined;
  /** Undefined if the login is not in the capture. */
  readonly digests: Digests | undefined;
}

const LOGIN_CODES: readonly number[] = [OPCODE.loginRequest, OPCODE.loginResponse];
/** Text of a login that is looked at: more than any has. */
const LOGIN_BYTES_MAX = 64 * 1024;
/** PDUs looked at to learn by their checksums which digests are in use. */
const PROBE_COUNT = 64;

/** A stream and where its first PDU begins. */
export interface Side {
  readonly stream: ByteStream;
  readonly role: Role;
  readonly from: number;
}

/** The keys of all PDUs of the login; of a key that comes again, the last value. */
function keysOf(side: Side): Map<string, string> | undefined {
  const parts: Uint8Array[] = [];
  let byteLength = 0;
  const direction = { name: '', role: side.role, digests: NO_DIGESTS, from: side.from };
  for (const pdu of pdusOf(side.stream, direction, () => {})) {
    if (!LOGIN_CODES.includes(pdu.opcode)) break;
    for (const { bytes } of pdu.data) {
      if (byteLength + bytes.length > LOGIN_BYTES_MAX) break;
      parts.push(bytes);
      byteLength += bytes.length;
    }
  }
  if (parts.length === 0) return undefined;
  const pairs = textLines(concat(parts)).map((line) => {
    const equals = line.indexOf('=');
    return [line.slice(0, equals), line.slice(equals + 1)] as const;
  });
  return new Map(pairs);
}

/** One value, not a list of them, is the outcome; the target has the last word. */
const isChosen = (keys: readonly Map<string, string>[], key: string): boolean =>
  keys.map((one) => one.get(key)).filter((value) => value !== undefined && !value.includes(','))
    .at(-1) === 'CRC32C';

/** Reads the login at the beginning of the two directions. */
export function loginOf(sides: readonly Side[]): Login {
  const inOrder = sides.toSorted((a, b) => (a.role < b.role ? -1 : 1)); // the initiator's first
  const keys = inOrder.flatMap((side) => keysOf(side) ?? []);
  const value = (key: string): string | undefined =>
    keys.map((one) => one.get(key)).find((one) => one !== undefined);
  return {
    initiator: value('InitiatorName'), target: value('TargetName'),
    digests: keys.length < 2 ? undefined
      : { header: isChosen(keys, 'HeaderDigest'), data: isChosen(keys, 'DataDigest') },
  };
}

/** Which digests the PDUs show by being right, where no login tells. */
export function guessDigests(sides: readonly Side[]): Digests {
  let [header, data] = [false, false];
  for (const { stream, role, from } of sides) {
    let at = from;
    for (let count = 0; count < PROBE_COUNT; count += 1) {
      const bytes = stream.bytes(at, at + HEADER_BYTES);
      if (bytes === undefined || !isPduOf(role, bytes)) break;
      const seen = digestsAt(stream, at, bytes);
      [header, data] = [header || seen.header, data || seen.data];
      at = extentOf(bytes, at, seen).end;
    }
  }
  return { header, data };
}
