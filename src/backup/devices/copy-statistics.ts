import type { Initiator } from '../../initiator/initiator.ts';
import type { BytesByRung } from '../../ports/mover.ts';
import { COPY_STATISTICS_PAGE, readCopyStatistics } from '../../wire/copy/statistics.ts';
import { logSenseCdb } from '../../wire/spc/cdbs.ts';

const PAGE_BYTES = 256;
const CUMULATIVE = 0x01;

/**
 * What the copies of this session have moved so far, by the way it went; undefined for a copy
 * manager that has no such page (every one but ours).
 */
export async function copyStatistics(unit: Initiator): Promise<BytesByRung | undefined> {
  const blank = logSenseCdb.decode(new Uint8Array(logSenseCdb.size)).value;
  const cdb = logSenseCdb.encode({
    ...blank, opcode: 0x4d, pageControl: CUMULATIVE, pageCode: COPY_STATISTICS_PAGE,
    allocationLength: PAGE_BYTES });
  const answer = await unit.execute({ cdb, dataInBytes: PAGE_BYTES });
  return answer.status === 'good' ? readCopyStatistics(answer.dataIn) : undefined;
}
