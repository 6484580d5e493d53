import { Malformed } from '../codec/finding.ts';
import type { Fields, FieldsValue, Layout } from '../codec/layout.ts';
import type { Command, Result } from '../sam/command.ts';
import type { FieldPointer, Sense } from '../sense/sense.ts';
import { SenseError } from '../sense/sense.ts';

/** Parameter data cut to its allocation length, which is never an error. Source: SPC-4 4.3.5.6. */
export function parameterData(bytes: Uint8Array, allocationLength: number): Result {
  const cut = bytes.subarray(0, allocationLength);
  return { dataIn: [cut], wantedBytes: cut.length };
}

/** INVALID FIELD IN CDB, naming the place. */
export const invalidCdbField = (
  message: string, byte: number, bit?: number, details: Partial<Sense> = {}): SenseError =>
  new SenseError('illegalRequest', 'invalidFieldInCdb', message,
    { fieldPointer: pointer('cdb', byte, bit), ...details });

/** INVALID FIELD IN PARAMETER LIST, naming the place. */
export const invalidListField = (message: string, byte: number, bit?: number): SenseError =>
  new SenseError('illegalRequest', 'invalidFieldInParameterList', message,
    { fieldPointer: pointer('parameterList', byte, bit) });

export const listLengthError = (message: string): SenseError =>
  new SenseError('illegalRequest', 'parameterListLengthError', message);

/** Reads a part of a parameter list. Throws: SenseError that names the place in the list. */
export function readList<F extends Fields>(
  layout: Layout<F>, list: Uint8Array, at: number): FieldsValue<F> {
  try {
    return layout.read(list, at);
  } catch (error) {
    if (error instanceof Malformed) throw invalidListField(error.message, error.at, error.bit);
    throw error;
  }
}

const pointer = (where: FieldPointer['in'], byte: number, bit: number | undefined): FieldPointer =>
  ({ in: where, byte, ...(bit === undefined ? {} : { bit }) });

const byteLengthOf = (parts: readonly Uint8Array[]): number =>
  parts.reduce((sum, part) => sum + part.length, 0);

/**
 * The first `byteLength` bytes of a command's Data-Out, or all if it has less, as parts.
 *
 * An initiator may offer more than the CDB asks for; the surplus is a residual (RFC 7143 11.4.5).
 */
export const leadingParts = (parts: readonly Uint8Array[], byteLength: number): Uint8Array[] =>
  splitParts(parts, [Math.min(byteLength, byteLengthOf(parts))])[0]!;

/** Cuts bytes that stand in parts into stretches of the given lengths, without copying. */
export function splitParts(
  parts: readonly Uint8Array[], byteLengths: readonly number[]): Uint8Array[][] {
  let index = 0;
  let at = 0;
  return byteLengths.map((byteLength) => {
    const stretch: Uint8Array[] = [];
    for (let left = byteLength; left > 0;) {
      const part = parts[index]!;
      const taken = part.subarray(at, at + left);
      stretch.push(taken);
      left -= taken.length;
      at += taken.length;
      if (at < part.length) continue;
      index += 1;
      at = 0;
    }
    return stretch;
  });
}

/** Which other amounts of Data-Out a command takes than its CDB asks for. */
export interface DataOutRules {
  readonly takesLess?: boolean;
  readonly refusesMore?: boolean;
}

/**
 * What a command answers whose initiator offers less data than the CDB asks for, or more;
 * undefined if that is no error. Nothing is written then. Source: RFC 7143 11.4.5.2.
 */
export function refuseDataOut(
  command: Command, byteLength: number, { takesLess, refusesMore }: DataOutRules = {},
): Result | undefined {
  const isShort = byteLengthOf(command.dataOut) < byteLength;
  const isLong = command.expectedOutBytes > byteLength;
  if (!(isShort && !takesLess) && !(isLong && refusesMore)) return undefined;
  return {
    sense: { key: 'illegalRequest', additional: 'invalidFieldInCommandInformationUnit' },
    wantedBytes: byteLength,
  };
}
