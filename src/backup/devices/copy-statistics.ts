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

/** Adds to a job's report by which rung its copies went, if the copy manager at `unit` tells. */
export async function withRungs<R extends { readonly byRung?: BytesByRung }>(
  unit: Initiator, job: () => Promise<R>): Promise<R> {
  const before = await copyStatistics(unit);
  const report = await job();
  const after = before && await copyStatistics(unit);
  return before === undefined || after === undefined ? report
    : { ...report, byRung: difference(after, before) };
}

const difference = (after: BytesByRung, before: BytesByRung): BytesByRung => ({
  reflink: after.reflink - before.reflink, direct: after.direct - before.direct,
  kernel: after.kernel - before.kernel, portable: after.portable - before.portable,
  hole: after.hole - before.hole,
});
