/** PDUs as a test writes and reads them, by the declarations alone. */
import { concat } from '../../../src/bytes/concat.ts';
import { crc32c } from '../../../src/bytes/crc32c.ts';
import { type Digests, dataOf, Framer } from '../../../src/iscsi/framer.ts';
import { PduWriter } from '../../../src/iscsi/pdu-writer.ts';
import { encodeKeys, type KeyValue } from '../../../src/wire/iscsi/keys.ts';
import { loginRequest } from '../../../src/wire/iscsi/login.ts';
import { opcodeOf } from '../../../src/wire/iscsi/opcodes.ts';
import { PDUS } from '../../../src/wire/iscsi/pdus.ts';

const NO_DIGESTS: Digests = { header: false, data: false };
export const TARGET = 'iqn.2020-01.test:target';
export const INITIATOR = 'iqn.2020-01.test:initiator';
export const ISID = Uint8Array.of(0x80, 1, 2, 3, 0, 1);

/** Bytes of one PDU. */
export function pduBytes(
  header: Uint8Array, data: Uint8Array = new Uint8Array(0), digests = NO_DIGESTS,
  ahs?: Uint8Array): Uint8Array {
  const writer = new PduWriter(crc32c);
  writer.digests = digests;
  return concat(writer.write(header, [data], data.length, ahs));
}

export interface ReadPdu {
  readonly opcode: number;
  /** The fields of its layout; a test knows which they are. */
  // biome-ignore lint/suspicious/noExplicitAny: stands for the value of any PDU's layout.
  readonly header: any;
  readonly data: Uint8Array;
}

/** Reads PDUs from a stream; those whose end has not come are kept for the next call. */
export function pduReader(digests = NO_DIGESTS): (bytes: Uint8Array) => ReadPdu[] {
  const framer = new Framer(crc32c);
  framer.segmentBytesMax = 0xff_ffff;
  framer.digests = digests;
  return (bytes) => {
    framer.append(bytes);
    return pdusIn(framer);
  };
}

/** All PDUs in some bytes. Fails on bytes that their declarations refuse. */
export const readPdus = (bytes: Uint8Array): ReadPdu[] => pduReader()(bytes);

function pdusIn(framer: Framer): ReadPdu[] {
  const pdus: ReadPdu[] = [];
  for (let pdu = framer.next(); pdu !== undefined; pdu = framer.next()) {
    const opcode = opcodeOf(pdu.header);
    const layout = PDUS.get(opcode);
    if (layout === undefined) throw new Error(`operation code ${opcode} was sent`);
    if (pdu.dataDigestFailed) throw new Error('a wrong data digest was sent');
    pdus.push({ opcode, header: layout.read(pdu.header), data: dataOf(pdu) });
  }
  return pdus;
}

export const text = (pdu: ReadPdu): string[] =>
  new TextDecoder().decode(pdu.data).split('\0').filter((line) => line !== '');

export interface LoginDetails {
  readonly csg?: number;
  readonly nsg?: number;
  readonly transit?: boolean;
  readonly continues?: boolean;
  readonly isid?: Uint8Array;
  readonly tsih?: number;
  readonly cid?: number;
  readonly cmdSn?: number;
  readonly versionMin?: number;
  readonly itt?: number;
}

export const IDENTITY: readonly KeyValue[] = [
  ['InitiatorName', INITIATOR], ['TargetName', TARGET], ['SessionType', 'Normal']];

/** A Login Request; from operational negotiation to full feature phase if nothing is said. */
export const loginPdu = (pairs: readonly KeyValue[], details: LoginDetails = {}): Uint8Array =>
  pduBytes(loginRequest.encode({
    immediate: true, opcode: 0x03, transit: details.transit ?? true,
    continues: details.continues ?? false, currentStage: details.csg ?? 1,
    nextStage: details.nsg ?? 3, versionMax: 0, versionMin: details.versionMin ?? 0,
    totalAhsLength: 0, dataSegmentLength: 0, isid: details.isid ?? ISID,
    tsih: details.tsih ?? 0, initiatorTaskTag: details.itt ?? 0x1234, cid: details.cid ?? 0,
    cmdSn: details.cmdSn ?? 100, expStatSn: 0,
  }), encodeKeys(pairs));
