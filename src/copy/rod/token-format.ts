/**
 * The 512 bytes of a token.
 *
 * ```text
 *     0   96  128            256  272        476  508 512
 *     │body│dev│target device │run │ random  │ MAC │CRC│
 * ```
 *
 * The CRC tells bytes that were damaged, the run those of an earlier process, the MAC those that
 * somebody has made up. None of that gives access: the record of the token does, if all bytes are
 * its own. Source: SPC-4 5.17.6.5.
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { readU32, writeU32 } from '../../bytes/big-endian.ts';
import { concat } from '../../bytes/concat.ts';
import { crc32c } from '../../bytes/crc32c.ts';
import type { Random } from '../../ports/random.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { CSCD_BYTES, identificationCscd } from '../../wire/copy/cscd.ts';
import {
  blockTokenData, ROD_TOKEN_BYTES, ROD_TOKEN_LENGTH, rodToken,
} from '../../wire/copy/tokens.ts';
import { capacity16 } from '../../wire/sbc/data.ts';
import { designationDescriptor } from '../../wire/spc/vpd.ts';

const TARGET_AT = 128;
const TARGET_BYTES = 128;
const EXTENDED_AT = 256;
const RUN_BYTES = 16;
const MAC_AT = 476;
const CRC_AT = 508;

/** Association and types of the designator in TARGET DEVICE DESCRIPTOR. SPC-4 5.17.6.5.3. */
const TARGET_DEVICE = 2;
const TARGET_TYPES = [2, 3, 8];
/** Types of the designator in CREATOR LOGICAL UNIT DESCRIPTOR, best first: NAA, EUI-64. */
const CREATOR_TYPES = [3, 2];

/** What a new token says. */
export interface TokenContent {
  readonly rodType: number;
  readonly identifier: bigint;
  readonly unit: LogicalUnit;
  readonly blockBytes: number;
  readonly byteLength: number;
  /** READ CAPACITY(16) data of the logical unit; undefined if it has none. */
  readonly capacity: Uint8Array | undefined;
}

/** What bytes that were given for a token are. */
export type TokenKind = 'own' | 'ofEarlierRun' | 'ofOtherTarget' | 'corrupt';

/** Makes and recognises the tokens of one target device. */
export class TokenFormat {
  readonly #random: Random;
  readonly #targetDevice: Uint8Array;
  readonly #run: Uint8Array;
  readonly #key: Uint8Array;

  constructor(random: Random, targetName: string) {
    this.#random = random;
    this.#targetDevice = targetDescriptor(targetName);
    this.#run = random.bytes(RUN_BYTES);
    this.#key = random.bytes(32);
  }

  make(content: TokenContent): Uint8Array {
    const bytes = rodToken.encode({
      rodType: content.rodType, tokenLength: ROD_TOKEN_LENGTH, identifier: content.identifier,
      creator: creatorOf(content), bytesRepresented: BigInt(content.byteLength),
      deviceData: deviceData(content), targetDevice: this.#targetDevice,
      extendedData: concat([
        this.#run, this.#random.bytes(MAC_AT - EXTENDED_AT - RUN_BYTES),
        new Uint8Array(ROD_TOKEN_BYTES - MAC_AT)]),
    });
    bytes.set(this.#mac(bytes), MAC_AT);
    writeU32(bytes, CRC_AT, crc32c(bytes.subarray(0, CRC_AT)));
    return bytes;
  }

  kindOf(bytes: Uint8Array): TokenKind {
    const target = bytes.subarray(TARGET_AT, TARGET_AT + TARGET_BYTES);
    const run = bytes.subarray(EXTENDED_AT, EXTENDED_AT + RUN_BYTES);
    const isOfRun = timingSafeEqual(run, this.#run);
    if (!isOfRun && !timingSafeEqual(target, this.#targetDevice)) {
      return isToken(bytes) ? 'ofOtherTarget' : 'corrupt';
    }
    if (readU32(bytes, CRC_AT) !== crc32c(bytes.subarray(0, CRC_AT))) return 'corrupt';
    if (!isOfRun) return 'ofEarlierRun';
    return timingSafeEqual(bytes.subarray(MAC_AT, CRC_AT), this.#mac(bytes)) ? 'own' : 'corrupt';
  }

  #mac(bytes: Uint8Array): Uint8Array {
    return createHmac('sha256', this.#key).update(bytes.subarray(0, MAC_AT)).digest();
  }
}

/** Every byte is compared, wherever the first difference is. */
export const isSameToken = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** Names a logical unit and a target device in the form that all tokens have. */
function isToken(bytes: Uint8Array): boolean {
  const { value: creator, findings } = identificationCscd.decode(bytes, 16, 16 + CSCD_BYTES);
  const at = TARGET_AT;
  const type = bytes[at + 1]! & 0x0f;
  const association = (bytes[at + 1]! >>> 4) & 3;
  const byteLength = bytes[at + 3]!;
  return findings.every(({ severity }) => severity !== 'error') && creator.designatorLength > 0
    && association === TARGET_DEVICE && TARGET_TYPES.includes(type)
    && byteLength > 0 && byteLength <= TARGET_BYTES - 4;
}

/** By the iSCSI name, or by a name made of it if that is too long. */
function targetDescriptor(targetName: string): Uint8Array {
  const name = new TextEncoder().encode(targetName);
  const padded = new Uint8Array(Math.ceil((name.length + 1) / 4) * 4);
  padded.set(name);
  const isShort = padded.length <= TARGET_BYTES - 4;
  const digest = createHash('sha256').update(name).digest().subarray(0, 8);
  digest[0] = 0x30 | (digest[0]! & 0x0f); // NAA 3h: locally assigned
  const designator = isShort ? padded : digest;
  const bytes = new Uint8Array(TARGET_BYTES);
  bytes.set(designationDescriptor.encode({
    protocol: isShort ? 5 : 0, codeSet: isShort ? 3 : 1, piv: isShort, association: TARGET_DEVICE,
    type: isShort ? 8 : 3, length: designator.length, designator }));
  return bytes;
}

/** An identification descriptor CSCD descriptor of the logical unit. */
function creatorOf({ unit, blockBytes }: TokenContent): Uint8Array {
  const own = unit.designators.filter(({ association }) => association === 0);
  const found = CREATOR_TYPES.map((type) => own.find((one) => one.type === type))
    .find((one) => one !== undefined);
  const designator = new Uint8Array(20);
  designator.set(found?.bytes.subarray(0, 20) ?? []);
  return identificationCscd.encode({
    type: 0xe4, luIdType: 0, nul: false, peripheralDeviceType: unit.peripheralDeviceType,
    relativeInitiatorPort: 0, codeSet: found?.codeSet ?? 1, association: 0,
    designatorType: found?.type ?? 3, designatorLength: found?.bytes.length ?? 0, designator,
    device: { format: 'block', pad: false, diskBlockLength: blockBytes } });
}

/** Bytes 96 to 127: bytes 8 to 15 of READ CAPACITY(16) data. Source: SBC-5 4.28.5. */
function deviceData({ blockBytes, capacity }: TokenContent): Uint8Array {
  const bytes = new Uint8Array(blockTokenData.size);
  if (capacity !== undefined && capacity.length >= capacity16.size) {
    bytes.set(capacity.subarray(8, 16));
  } else {
    writeU32(bytes, 0, blockBytes);
  }
  return bytes;
}
