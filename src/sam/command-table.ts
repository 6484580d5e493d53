import { hex } from '../bytes/hex.ts';
import type { Malformed } from '../codec/finding.ts';
import type { AnyLayout, Fields, FieldsValue, Layout } from '../codec/layout.ts';
import { SenseError } from '../sense/sense.ts';
import type { Command, Result } from './command.ts';
import type { LogicalUnit } from './logical-unit.ts';
import type { WhenReserved } from './persistent-state.ts';

/** One command of a logical unit: what it is called, what its CDB may hold, what it does. */
export interface CommandEntry {
  readonly opcode: number;
  readonly serviceAction: number | undefined;
  readonly name: string;
  readonly source: string;
  readonly cdb: AnyLayout;
  whenReserved(cdb: Uint8Array): WhenReserved;
  /** Runs although a unit attention is pending (INQUIRY, REPORT LUNS, REQUEST SENSE). */
  readonly ignoresUnitAttention: boolean;
  /** Bits that real initiators set although they are reserved, by byte of the CDB. */
  readonly tolerates: Readonly<Record<number, number>>;
  run(unit: LogicalUnit, command: Command, cdb: Uint8Array): Promise<Result> | Result;
}

/** A row as it is written down. */
export interface Row<F extends Fields> {
  readonly opcode: number;
  readonly serviceAction?: number;
  readonly name: string;
  readonly source: string;
  readonly cdb: Layout<F>;
  /** Fields of the CDB may decide; it may hold errors then. */
  readonly whenReserved: WhenReserved | ((cdb: FieldsValue<F>) => WhenReserved);
  readonly ignoresUnitAttention?: boolean;
  readonly tolerates?: Readonly<Record<number, number>>;
  /** Gets the decoded CDB, which holds no error. */
  run(unit: LogicalUnit, command: Command, cdb: FieldsValue<F>): Promise<Result> | Result;
}

/** A row of a command table; `run` gets the fields of the row's own CDB layout. */
export const entry = <F extends Fields>(row: Row<F>): CommandEntry => ({
  opcode: row.opcode, serviceAction: row.serviceAction, name: row.name, source: row.source,
  cdb: row.cdb,
  whenReserved(cdb) {
    const { whenReserved: when } = row;
    return typeof when === 'function' ? when(row.cdb.peek(cdb)) : when;
  },
  ignoresUnitAttention: row.ignoresUnitAttention ?? false,
  tolerates: row.tolerates ?? {},
  run: (unit, command, cdb) => row.run(unit, command, row.cdb.read(cdb)),
});

/** The rows of a logical unit, found by operation code and service action. */
export class CommandTable {
  readonly entries: readonly CommandEntry[];
  readonly #byOpcode = new Map<number, CommandEntry[]>();

  /** Throws: RangeError if two rows have one operation code and service action. */
  constructor(entries: readonly CommandEntry[]) {
    this.entries = [...entries].sort(
      (a, b) => a.opcode - b.opcode || (a.serviceAction ?? 0) - (b.serviceAction ?? 0));
    for (const row of this.entries) {
      const rows = this.#byOpcode.get(row.opcode) ?? [];
      if (rows.some((other) => other.serviceAction === row.serviceAction
        || other.serviceAction === undefined || row.serviceAction === undefined)) {
        throw new RangeError(`Cannot make a command table: ${hex(row.opcode)} has two rows`);
      }
      this.#byOpcode.set(row.opcode, [...rows, row]);
    }
  }

  /** Rows with this operation code, by service action. */
  rowsOf(opcode: number): readonly CommandEntry[] {
    return this.#byOpcode.get(opcode) ?? [];
  }

  /** Throws: SenseError for an unknown operation code or service action. */
  lookUp(cdb: Uint8Array): CommandEntry {
    const opcode = cdb[0] ?? 0;
    const rows = this.rowsOf(opcode);
    const first = rows[0];
    if (first === undefined) {
      throw new SenseError('illegalRequest', 'invalidCommandOperationCode',
        `Cannot run the command: operation code ${hex(opcode)} is not supported`,
        { fieldPointer: { in: 'cdb', byte: 0 } });
    }
    if (first.serviceAction === undefined) return first;
    const serviceAction = serviceActionOf(cdb);
    const row = rows.find((one) => one.serviceAction === serviceAction);
    if (row !== undefined) return row;
    throw new SenseError('illegalRequest', 'invalidFieldInCdb',
      `Cannot run the command: ${hex(opcode)} has no service action ${hex(serviceAction)}`,
      { fieldPointer: { in: 'cdb', byte: 1, bit: 4 } });
  }
}

/** Service actions stand in byte 1, but for variable length CDBs. Source: SPC-4 4.2.5.1. */
const serviceActionOf = (cdb: Uint8Array): number => (cdb[1] ?? 0) & 0x1f;

const allowedBits = new WeakMap<CommandEntry, Uint8Array>();

/** Ones for the bits of the row's CDB that may be set. */
function allowedBitsOf(row: CommandEntry): Uint8Array {
  const known = allowedBits.get(row);
  if (known !== undefined) return known;
  const bits = row.cdb.usageMap();
  for (const [byte, tolerated] of Object.entries(row.tolerates)) bits[Number(byte)]! |= tolerated;
  allowedBits.set(row, bits);
  return bits;
}

/**
 * Refuses bits that the row's CDB does not define, naming byte and bit.
 *
 * Throws: SenseError INVALID FIELD IN CDB.
 */
export function refuseStrayBits(row: CommandEntry, cdb: Uint8Array): void {
  const allowed = allowedBitsOf(row);
  for (let byte = 1; byte < allowed.length; byte += 1) {
    const stray = (cdb[byte] ?? 0) & ~allowed[byte]!;
    if (stray === 0) continue;
    const bit = 31 - Math.clz32(stray);
    throw new SenseError('illegalRequest', 'invalidFieldInCdb',
      `Cannot run ${row.name}: reserved bit ${bit} of CDB byte ${byte} is set`,
      { fieldPointer: { in: 'cdb', byte, bit } });
  }
}

/** The sense data for a CDB that its layout refuses. */
export const cdbError = (row: Pick<CommandEntry, 'name'>, error: Malformed): SenseError =>
  new SenseError('illegalRequest', 'invalidFieldInCdb', `Cannot run ${row.name}: ${error.message}`,
    { fieldPointer: {
      in: 'cdb', byte: error.at, ...(error.bit === undefined ? {} : { bit: error.bit }) } });
