import { concat } from '../../bytes/concat.ts';
import type { ItNexus } from '../../sam/command.ts';
import type { LogicalUnit } from '../../sam/logical-unit.ts';
import { SenseError } from '../../sense/sense.ts';
import { readCapacity16Cdb } from '../../wire/sbc/cdbs.ts';
import { capacity16 } from '../../wire/sbc/data.ts';

/** READ CAPACITY(16) data of a logical unit; undefined if it does not give them. */
export async function capacityOf(
  unit: LogicalUnit, nexus: ItNexus): Promise<Uint8Array | undefined> {
  const cdb = readCapacity16Cdb.encode({
    opcode: 0x9e, serviceAction: 0x10, lba: 0n, allocationLength: capacity16.size, pmi: false,
    naca: false });
  try {
    // Neither reservations nor unit attentions are in the way of what the copy manager knows.
    const { dataIn = [] } = await unit.table.lookUp(cdb).run(unit, {
      nexus, cdb, attribute: 'simple', dataOut: [], expectedOutBytes: 0,
      expectedInBytes: capacity16.size, signal: new AbortController().signal }, cdb);
    return concat(dataIn);
  } catch (error) {
    if (error instanceof SenseError) return undefined;
    throw error;
  }
}
