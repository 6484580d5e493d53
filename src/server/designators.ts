import type { Identity } from '../media/identity.ts';
import type { Designator } from '../sam/logical-unit.ts';

/** An iSCSI target port as designators name it. */
export interface TargetPort {
  /** The target's iSCSI name. */
  readonly targetName: string;
  readonly portalGroupTag: number;
}

const CODE_SET = { binary: 1, ascii: 2, utf8: 3 } as const;
const ASSOCIATION = { logicalUnit: 0, targetPort: 1, targetDevice: 2 } as const;
const TYPE = { t10VendorId: 1, naa: 3, relativePort: 4, scsiName: 8 } as const;

const textBytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A SCSI name string ends with zeros, up to a multiple of four bytes. Source: SPC-4 7.8.6.11. */
function nameString(text: string): Uint8Array {
  const bytes = textBytes(text);
  const padded = new Uint8Array(Math.ceil((bytes.length + 1) / 4) * 4);
  padded.set(bytes);
  return padded;
}

/**
 * The names of a logical unit, its NAA designator first: that is the one copies go by.
 *
 * Source: SPC-4 7.8.6, RFC 7143 4.4.1.
 */
export function designatorsOf(
  identity: Identity, vendor: string, port: TargetPort | undefined): Designator[] {
  const { logicalUnit, targetDevice, targetPort } = ASSOCIATION;
  const own: Designator[] = [
    { codeSet: CODE_SET.binary, association: logicalUnit, type: TYPE.naa, bytes: identity.naa },
    { codeSet: CODE_SET.ascii, association: logicalUnit, type: TYPE.t10VendorId,
      bytes: textBytes(vendor.padEnd(8) + identity.serialNumber) },
  ];
  if (port === undefined) return own;
  const tag = port.portalGroupTag.toString(16).padStart(4, '0');
  return [
    ...own,
    { codeSet: CODE_SET.binary, association: targetPort, type: TYPE.relativePort,
      bytes: Uint8Array.of(0, 0, port.portalGroupTag >>> 8, port.portalGroupTag) },
    { codeSet: CODE_SET.utf8, association: targetPort, type: TYPE.scsiName,
      bytes: nameString(`${port.targetName},t,0x${tag}`) },
    { codeSet: CODE_SET.utf8, association: targetDevice, type: TYPE.scsiName,
      bytes: nameString(port.targetName) },
  ];
}
