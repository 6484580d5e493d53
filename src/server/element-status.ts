import { concat } from '../bytes/concat.ts';
import type { HeldCartridge } from '../media/magazine-contents.ts';
import { ADDITIONAL_SENSE } from '../sense/codes.ts';
import {
  dataTransferElement, elementIdentifier, elementStatusData, elementStatusPage,
  importExportElement, storageElement, transportElement, volumeTag,
} from '../wire/smc/element-status.ts';
import { ELEMENT_TYPE } from '../wire/smc/fields.ts';
import { type ChangerElements, type Element, invalidAddress } from './changer-elements.ts';
import type { Robot } from './robot.ts';

/** Which elements a CDB asks for. */
export interface Selection {
  /** One of ELEMENT_TYPE. */
  readonly elementType: number;
  readonly start: number;
  readonly elementCount: number;
}

/** What goes with each element. */
export interface StatusForm {
  readonly volumeTags: boolean;
  /** DVCID. */
  readonly dvcId: boolean;
}

/** Byte of the CDB where all commands have the starting element address. */
const START_BYTE = 2;

/**
 * The elements asked for, by ascending address.
 *
 * Throws: SenseError INVALID ELEMENT ADDRESS if all elements of the type lie before the start.
 */
export function selected(
  { all }: ChangerElements, { elementType, start, elementCount }: Selection): Element[] {
  const typed = all.filter(({ type }) => elementType === ELEMENT_TYPE.all || type === elementType);
  const last = (typed.at(-1) ?? all.at(-1))!; // there is a transport at least
  if (start > last.address) throw invalidAddress(start, START_BYTE, 'none is at or behind it');
  return typed.filter(({ address }) => address >= start).slice(0, elementCount);
}

/** Element status pages of elements, one for each type. Source: SMC-3 6.11.3. */
export function statusPages(
  elements: readonly Element[], changer: StatusSource, form: StatusForm): Uint8Array {
  const types = [...new Set(elements.map(({ type }) => type))];
  return concat(types.map((elementType) => {
    const descriptors = elements.filter(({ type }) => type === elementType)
      .map((element) => descriptorOf(element, changer, form));
    return elementStatusPage.encode({
      elementType, primaryTags: form.volumeTags, alternateTags: false,
      descriptorLength: descriptors[0]!.length, // a type is there because of an element
      byteCount: descriptors.reduce((sum, { length }) => sum + length, 0),
      descriptors: concat(descriptors),
    });
  }));
}

/**
 * How much of a report with `room` bytes to fill ends behind a whole descriptor, page header or
 * report header; the report header alone may be cut.
 */
export function wholeDescriptorBytes(report: Uint8Array, room: number): number {
  if (report.length <= room || room < elementStatusData.size) return room;
  let end = elementStatusData.size;
  while (end + elementStatusPage.size <= room) {
    const { descriptorLength, byteCount } = elementStatusPage.read(report, end);
    const from = end + elementStatusPage.size;
    const fitting = Math.floor((room - from) / descriptorLength) * descriptorLength;
    if (fitting < byteCount) return from + fitting;
    end = from + byteCount;
  }
  return end;
}

/** Where the status of elements comes from. */
export interface StatusSource {
  readonly robot: Robot;
  readonly elements: ChangerElements;
}

const NO_IDENTIFIER = elementIdentifier.encode(
  { codeSet: 0, type: 0, length: 0, identifier: '' });
/** Source: SMC-3 6.11.3. */
const MEDIUM_TYPE = { unspecified: 0, data: 1, worm: 4 } as const;

/** A cartridge whose label cannot be read has no type. */
function mediumTypeOf(held: HeldCartridge | undefined): number {
  if (held === undefined || isUnreadable(held)) return MEDIUM_TYPE.unspecified;
  return held.worm ? MEDIUM_TYPE.worm : MEDIUM_TYPE.data;
}

const isUnreadable = ({ barcode }: HeldCartridge): boolean => barcode === '';

function descriptorOf(
  element: Element, { robot, elements }: StatusSource, form: StatusForm): Uint8Array {
  const { address, name, type } = element;
  const held = name === undefined ? undefined : robot.magazine.contents.get(name);
  const tail = concat(
    [...(form.volumeTags ? [tagOf(held)] : []), identifierOf(element, robot, form)]);
  const except = held !== undefined && isUnreadable(held);
  const [unreadable] = ADDITIONAL_SENSE.cannotReadUnknownFormat;
  const common = {
    address, access: true, except, full: held !== undefined,
    senseCode: except ? unreadable >>> 8 : 0, senseQualifier: except ? unreadable & 0xff : 0,
    sourceValid: held?.source !== undefined, invert: false, disabled: false,
    mediumType: mediumTypeOf(held),
    source: held?.source === undefined ? 0 : elements.addressOf(held.source), tail,
  };
  switch (type) {
    case ELEMENT_TYPE.transport: return transportElement.encode(common);
    case ELEMENT_TYPE.storage: return storageElement.encode(common);
    case ELEMENT_TYPE.importExport: return importExportElement.encode({
      ...common, oir: false, cmc: false, importable: true, exportable: true,
      byOperator: held !== undefined && held.source === undefined });
    default: return dataTransferElement.encode({
      ...common, notBus: false, idValid: false, lunValid: false, lun: 0, busAddress: 0 });
  }
}

/** An empty element has a tag of spaces. */
const tagOf = (held: HeldCartridge | undefined): Uint8Array =>
  volumeTag.encode({ volume: held?.barcode ?? '', sequence: 0 });

const ASCII = 2;
const T10_VENDOR_ID = 1;

/** Vendor, product and serial number of a drive, as its own INQUIRY data and page 80h have them. */
function identifierOf(
  { name }: Element, robot: Robot, { dvcId }: StatusForm): Uint8Array {
  const drive = name === undefined ? undefined : robot.drive(name);
  if (drive === undefined || !dvcId) return NO_IDENTIFIER;
  const { product, serialNumber } = drive;
  const identifier = product.vendor.padEnd(8) + product.name.padEnd(16) + serialNumber;
  return elementIdentifier.encode(
    { codeSet: ASCII, type: T10_VENDOR_ID, length: identifier.length, identifier });
}
