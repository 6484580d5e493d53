import { concat } from '../bytes/concat.ts';
import { hex } from '../bytes/hex.ts';
import type { Fields, FieldsValue, Layout } from '../codec/layout.ts';
import type { Designator } from '../sam/logical-unit.ts';
import { SENSE_BYTES_MAX } from '../sense/formats.ts';
import {
  designationDescriptor, deviceIdentificationPage, extendedInquiryPage, supportedVpdPages,
  unitSerialNumberPage,
} from '../wire/spc/vpd.ts';
import type { Device } from './device.ts';
import { invalidCdbField } from './parameter-data.ts';

/** A vital product data page: all its bytes, head included. */
export interface VpdPage {
  readonly code: number;
  bytes(): Uint8Array;
}

/** The page of a copy manager. Source: SPC-4 7.8.18. */
export const THIRD_PARTY_COPY_PAGE = 0x8f;

/**
 * A page of fixed layout. Fields that `value` does not name are zero; the head is filled in.
 */
export function vpdPage<F extends Fields>(
  code: number, layout: Layout<F>, peripheralDeviceType: number,
  value: () => Partial<FieldsValue<F>>): VpdPage {
  const zeros = layout.decode(new Uint8Array(layout.size)).value;
  return {
    code,
    bytes() {
      const bytes = layout.encode({ ...zeros, ...value() });
      bytes[0] = peripheralDeviceType;
      bytes[1] = code;
      bytes[2] = (bytes.length - 4) >>> 8;
      bytes[3] = bytes.length - 4;
      return bytes;
    },
  };
}

const ISCSI = 5;

const encodeDesignator = ({ codeSet, association, type, bytes }: Designator): Uint8Array =>
  designationDescriptor.encode({
    // A protocol is told where a port or a target device is named. Source: SPC-4 7.8.6.1.
    protocol: association === 0 ? 0 : ISCSI, piv: association !== 0,
    codeSet, association, type, length: bytes.length, designator: bytes });

/** The page with this code. Throws: SenseError if the device has none. */
export function vpdPageBytes(device: Device, code: number): Uint8Array {
  const pages = pagesOf(device);
  const page = pages.find((one) => one.code === code);
  if (page !== undefined) return page.bytes();
  throw invalidCdbField(`Cannot return VPD page ${hex(code)}: it is not supported`, 2);
}

function pagesOf(device: Device): readonly VpdPage[] {
  const type = device.peripheralDeviceType;
  const pages: VpdPage[] = [
    vpdPage(0x00, supportedVpdPages, type,
      () => ({ pages: Uint8Array.from(pages, ({ code }) => code).sort() })),
    vpdPage(0x80, unitSerialNumberPage, type, () => ({ serialNumber: device.serialNumber })),
    vpdPage(0x83, deviceIdentificationPage, type,
      () => ({ designators: concat(device.designators.map(encodeDesignator)) })),
    vpdPage(0x86, extendedInquiryPage, type, () => ({
      headSup: true, ordSup: true, simpSup: true, luiClr: true, vSup: true,
      maximumSenseLength: SENSE_BYTES_MAX })),
    ...device.vpdPages, ...device.extraVpdPages,
  ];
  return pages;
}
