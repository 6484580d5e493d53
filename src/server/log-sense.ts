import { concat } from '../bytes/concat.ts';
import { hex } from '../bytes/hex.ts';
import type { ItNexus } from '../sam/command.ts';
import { type CommandEntry, entry } from '../sam/command-table.ts';
import { logSenseCdb } from '../wire/spc/cdbs.ts';
import { logPage, logParameter } from '../wire/spc/reports.ts';
import { invalidCdbField, parameterData } from './parameter-data.ts';

export interface LogParameter {
  readonly code: number;
  readonly value: Uint8Array;
}

/** A log page: its parameters by ascending code. */
export interface LogPage {
  readonly code: number;
  /** As this nexus sees them. */
  parameters(nexus: ItNexus): readonly LogParameter[];
  /** The nexus got these of its parameters, as a whole. */
  told?(nexus: ItNexus, codes: readonly number[]): void;
  /** LOG SELECT asks for the values of the start. */
  reset?(): void;
}

/** Format and linking: a binary list parameter that nobody can save or reset. */
const BINARY_LIST = 0x03;

/** LOG SENSE over these pages; page 00h lists them. Source: SPC-4 6.8, 7.3. */
export const logSense = (pages: readonly LogPage[]): CommandEntry => entry({
  opcode: 0x4d, name: 'LOG SENSE', source: 'SPC-4 6.8', cdb: logSenseCdb, whenReserved: 'query',
  run(_unit, { nexus }, { pageCode, subpageCode, parameterPointer, allocationLength }) {
    if (subpageCode !== 0) {
      throw invalidCdbField(`Cannot return log page ${hex(pageCode)}: `
        + `it has no subpage ${hex(subpageCode)}`, 3);
    }
    const told = pageData(pages, nexus, { pageCode, parameterPointer, allocationLength });
    return parameterData(told, allocationLength);
  },
});

interface Asked {
  readonly pageCode: number;
  readonly parameterPointer: number;
  readonly allocationLength: number;
}

function pageData(
  pages: readonly LogPage[], nexus: ItNexus,
  { pageCode, parameterPointer: from, allocationLength }: Asked): Uint8Array {
  if (pageCode === 0) {
    return encodePage(0, Uint8Array.from([0, ...pages.map(({ code }) => code)]).sort());
  }
  const page = pages.find(({ code }) => code === pageCode);
  if (page === undefined) {
    throw invalidCdbField(`Cannot return log page ${hex(pageCode)}: it is not supported`, 2, 5);
  }
  const told = page.parameters(nexus).filter(({ code }) => code >= from);
  if (told.length === 0) {
    throw invalidCdbField(`Cannot return log page ${hex(pageCode)}: `
      + `it has no parameter from ${hex(from, 4)} on`, 5);
  }
  const parameters = told.map(({ code, value }) =>
    logParameter.encode({ code, control: BINARY_LIST, length: value.length, value }));
  page.told?.(nexus, codesWithin(parameters, told, allocationLength));
  return encodePage(pageCode, concat(parameters));
}

/** The codes of the parameters that fit into the allocation length behind the page's header. */
function codesWithin(
  encoded: readonly Uint8Array[], told: readonly LogParameter[], allocationLength: number,
): number[] {
  let end = logPage.size;
  return told.filter((_parameter, i) => {
    end += encoded[i]!.length;
    return end <= allocationLength;
  }).map(({ code }) => code);
}

const encodePage = (pageCode: number, parameters: Uint8Array): Uint8Array => logPage.encode({
  ds: true, spf: false, pageCode, subpageCode: 0, pageLength: parameters.length, parameters });
