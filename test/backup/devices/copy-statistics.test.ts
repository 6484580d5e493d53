import { expect, it } from 'vitest';
import { copyStatistics, withRungs } from '../../../src/backup/devices/copy-statistics.ts';
import type { BytesByRung } from '../../../src/ports/mover.ts';
import type { Answer, Initiator, Request } from '../../../src/initiator/initiator.ts';
import { COPY_STATISTICS, encodeCounter } from '../../../src/wire/copy/statistics.ts';
import { logPage, logParameter } from '../../../src/wire/spc/reports.ts';
import { concat } from '../../../src/bytes/concat.ts';

/** A unit that answers every command alike. */
const unitWith = (answer: (request: Request) => Partial<Answer>): Initiator => ({
  url: 'iscsi://h/t/0',
  traffic: { commands: 0, bytesSent: 0, bytesReceived: 0, dataOutBytes: 0, dataInBytes: 0 },
  execute: async (request) => ({
    status: 'good', dataIn: new Uint8Array(0), sense: undefined, senseBytes: new Uint8Array(0),
    ...answer(request) }),
  close: async () => {},
});

const page = (direct: number): Uint8Array => {
  const parameters = concat(Object.values(COPY_STATISTICS).map((code) => logParameter.encode({
    code, control: 3, length: 8, value: encodeCounter(code === 2 ? direct : 0) })));
  return logPage.encode({
    ds: true, spf: false, pageCode: 0x3a, subpageCode: 0, pageLength: parameters.length,
    parameters });
};

it('asks for the vendor page and reads its counters', async () => {
  const cdbs: Uint8Array[] = [];
  const unit = unitWith(({ cdb }) => {
    cdbs.push(cdb);
    return { dataIn: page(2 ** 40) };
  });
  expect(await copyStatistics(unit))
    .toEqual({ reflink: 0, direct: 2 ** 40, kernel: 0, portable: 0, hole: 0 });
  expect([...cdbs[0]!]).toEqual([0x4d, 0, 0x7a, 0, 0, 0, 0, 1, 0, 0]);
});

it('has nothing to say of a copy manager without the page', async () => {
  const unit = unitWith(() => ({ status: 'checkCondition' }));
  expect(await copyStatistics(unit)).toBeUndefined();
  expect(await withRungs(unit, async () => ({}))).toEqual({});
});

it('is not led astray by a page that is cut or of another kind', async () => {
  const whole = page(7);
  for (let length = 0; length < whole.length; length += 1) {
    await copyStatistics(unitWith(() => ({ dataIn: whole.subarray(0, length) })));
  }
  const other = Uint8Array.from(whole);
  other[0] = 0x31;
  expect(await copyStatistics(unitWith(() => ({ dataIn: other })))).toBeUndefined();
});

it('takes what a job added', async () => {
  let direct = 1000;
  const unit = unitWith(() => ({ dataIn: page(direct) }));
  const report = await withRungs(unit, async (): Promise<{ byRung?: BytesByRung }> => {
    direct += 500;
    return {};
  });
  expect(report.byRung?.direct).toBe(500);
});
