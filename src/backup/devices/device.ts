/** One logical unit as the jobs see it: who it is, and commands that must end well. */
import { hex } from '../../bytes/hex.ts';
import { walk } from '../../codec/list.ts';
import {
  type Answer, CommandFailed, type Initiator, type Request,
} from '../../initiator/initiator.ts';
import { inquiryCdb, testUnitReadyCdb } from '../../wire/spc/cdbs.ts';
import { standardInquiry } from '../../wire/spc/inquiry.ts';
import {
  designationDescriptor, designationDescriptors, unitSerialNumberPage,
} from '../../wire/spc/vpd.ts';

/** A designator of VPD page 83h that names the logical unit. */
export interface Designator {
  readonly codeSet: number;
  readonly type: number;
  readonly bytes: Uint8Array;
}

/** Who a logical unit says it is. */
export interface Identity {
  readonly deviceType: number;
  readonly vendor: string;
  readonly product: string;
  readonly serial: string;
  readonly designator: Designator;
}

export const DEVICE_TYPE = { disk: 0x00, tape: 0x01 } as const;

/** The longest designator that fits an E4h descriptor. Source: SPC-4 6.4.5.4. */
const DESIGNATOR_BYTES_MAX = 20;

/** Types that name one logical unit, best first: NAA, EUI-64, T10 vendor ID, vendor specific. */
const DESIGNATOR_TYPES = [3, 2, 1, 0];

const ALLOCATION_BYTES = 0xffff;

/** Runs a command. Throws: CommandFailed unless it ends with GOOD. */
export async function run(unit: Initiator, doing: string, request: Request): Promise<Answer> {
  const answer = await unit.execute(request);
  if (answer.status !== 'good') throw new CommandFailed(`${doing} (${unit.url})`, answer);
  return answer;
}

/** Waits out what the unit has to tell about its past. Throws: CommandFailed if it is not ready. */
export async function becomeReady(unit: Initiator): Promise<void> {
  const cdb = testUnitReadyCdb.encode({ opcode: 0x00, naca: false });
  await run(unit, 'use the logical unit', { cdb });
}

/**
 * Asks a logical unit who it is.
 *
 * Throws: CommandFailed; Error if it is not of the type wanted or has no usable designator.
 */
export async function identify(
  unit: Initiator, wanted: keyof typeof DEVICE_TYPE): Promise<Identity> {
  const standard = standardInquiry.read(await inquiry(unit, undefined));
  const { qualifier, deviceType, vendor, product } = standard;
  if (qualifier !== 0 || deviceType !== DEVICE_TYPE[wanted]) {
    throw new Error(`Cannot use ${unit.url} as a ${wanted}: its device type is ${hex(deviceType)}`);
  }
  const serial = unitSerialNumberPage.read(await inquiry(unit, 0x80)).serialNumber;
  const designator = bestDesignator(await inquiry(unit, 0x83));
  if (designator === undefined) {
    throw new Error(`Cannot use ${unit.url}: it has no designator of its own of at most `
      + `${DESIGNATOR_BYTES_MAX} bytes`);
  }
  return { deviceType, vendor, product, serial: serial.trim(), designator };
}

/** An INQUIRY for the standard data or a VPD page. */
/** Standard INQUIRY data, or a VPD page. Throws: CommandFailed. */
export async function inquiry(
  unit: Initiator, page: number | undefined): Promise<Uint8Array> {
  const cdb = inquiryCdb.encode({
    opcode: 0x12, evpd: page !== undefined, pageCode: page ?? 0,
    allocationLength: ALLOCATION_BYTES, naca: false });
  const { dataIn } = await run(
    unit, 'ask who the logical unit is', { cdb, dataInBytes: ALLOCATION_BYTES });
  return dataIn;
}

function bestDesignator(page: Uint8Array): Designator | undefined {
  const found = walk(designationDescriptors, page, Math.min(4, page.length), page.length).items
    .map(({ at, end }) => designationDescriptor.decode(page, at, end).value)
    .filter(({ association, length, type }) => association === 0 && length > 0
      && length <= DESIGNATOR_BYTES_MAX && DESIGNATOR_TYPES.includes(type))
    .sort((a, b) => DESIGNATOR_TYPES.indexOf(a.type) - DESIGNATOR_TYPES.indexOf(b.type))[0];
  return found && { codeSet: found.codeSet, type: found.type, bytes: found.designator };
}
