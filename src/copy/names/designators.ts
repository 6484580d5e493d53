import type { Designator, LogicalUnit } from '../../sam/logical-unit.ts';
import type { IdentificationCscd } from '../../wire/copy/cscd.ts';

/** A designator as descriptors E4h and EBh have it, in a field of 20 bytes. */
export type WantedDesignator = Pick<IdentificationCscd,
  'codeSet' | 'association' | 'designatorType' | 'designatorLength' | 'designator'>;

/** Bytes behind DESIGNATOR LENGTH are padding and do not count. */
const matches = (one: Designator, wanted: WantedDesignator): boolean =>
  one.codeSet === wanted.codeSet && one.association === wanted.association
  && one.type === wanted.designatorType && one.bytes.length === wanted.designatorLength
  && one.bytes.every((byte, i) => byte === wanted.designator[i]);

/**
 * The first logical unit that has the designator in its VPD page 83h.
 *
 * A designator of the target port or device fits all of its logical units; the standard leaves
 * open which one is meant. Source: SPC-4 6.4.5.6.
 */
export function unitDesignated(
  units: Iterable<LogicalUnit>, wanted: WantedDesignator): LogicalUnit | undefined {
  for (const unit of units) {
    if (unit.designators.some((one) => matches(one, wanted))) return unit;
  }
  return undefined;
}
