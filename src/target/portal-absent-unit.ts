import { concat } from '../bytes/concat.ts';
import type { Outcome } from '../sam/command.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { encodeSense } from '../sense/sense.ts';
import { inquiryCdb, reportLunsCdb } from '../wire/spc/cdbs.ts';
import { encodeLun } from '../wire/spc/lun.ts';
import { reportLunsData } from '../wire/spc/reports.ts';

const INQUIRY = 0x12;
const REQUEST_SENSE = 0x03;
const REPORT_LUNS = 0xa0;
/** PERIPHERAL QUALIFIER 011b, type 1Fh: no device can be here. Source: SPC-4 6.6.2. */
const NO_DEVICE = 0x7f;
const WELL_KNOWN_ONLY = 1;

/**
 * Answers a command to a LUN without a logical unit: INQUIRY tells that nothing is there, REPORT
 * LUNS what is elsewhere, everything else is refused.
 *
 * Source: SPC-4 5.8 (logical unit not supported), 6.6.2, 6.33, 6.39; SAM-5 4.7.4 for LUN 0.
 */
export function answerAbsent(cdb: Uint8Array, luns: readonly number[]): Outcome {
  const opcode = cdb[0];
  if (opcode === INQUIRY) return inquiry(cdb);
  if (opcode === REPORT_LUNS) return reportLuns(cdb, luns);
  if (opcode === REQUEST_SENSE) {
    const sense = encodeSense({ key: 'illegalRequest', additional: 'logicalUnitNotSupported' },
      cdb[1]! & 1 ? 'descriptor' : 'fixed');
    return parameterData(sense, cdb[4]!);
  }
  return refused('logicalUnitNotSupported');
}

function inquiry(cdb: Uint8Array): Outcome {
  const { evpd, pageCode, allocationLength } = inquiryCdb.decode(cdb).value;
  if (pageCode !== 0) return refused(evpd ? 'logicalUnitNotSupported' : 'invalidFieldInCdb');
  // The list of pages has this page alone.
  if (evpd) return parameterData(Uint8Array.of(NO_DEVICE, 0, 0, 1, 0), allocationLength);
  const data = new Uint8Array(36).fill(0x20, 8);
  data.set([NO_DEVICE, 0, 0x06, 0x02, data.length - 5]);
  // Blank names make Linux give up the whole target.
  data.set(new TextEncoder().encode('SVRFREE NO UNIT'), 8);
  return parameterData(data, allocationLength);
}

function reportLuns(cdb: Uint8Array, luns: readonly number[]): Outcome {
  const { value: { selectReport, allocationLength }, findings } = reportLunsCdb.decode(cdb);
  if (findings.some(({ severity }) => severity === 'error')) return refused('invalidFieldInCdb');
  const listed = concat(selectReport === WELL_KNOWN_ONLY ? [] : luns.map(encodeLun));
  return parameterData(
    reportLunsData.encode({ listLength: listed.length, luns: listed }), allocationLength);
}

function parameterData(data: Uint8Array, allocation: number): Outcome {
  const cut = data.subarray(0, allocation);
  return { status: 'good', sense: undefined, dataIn: [cut], wantedBytes: cut.length };
}

const refused = (additional: AdditionalSense): Outcome => ({
  status: 'checkCondition', sense: encodeSense({ key: 'illegalRequest', additional }),
  dataIn: [], wantedBytes: 0,
});
