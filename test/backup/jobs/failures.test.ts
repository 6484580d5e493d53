import { describe, expect, it } from 'vitest';
import { Catalog } from '../../../src/backup/catalog/catalog.ts';
import { backUp } from '../../../src/backup/jobs/backup.ts';
import type { Progress } from '../../../src/backup/jobs/job.ts';
import { restoreVolume } from '../../../src/backup/jobs/restore-volume.ts';
import { verify } from '../../../src/backup/jobs/verify.ts';
import { MOVERS } from '../../../src/backup/movers/mover.ts';
import { noMkfs } from '../support/ext4-image.ts';
import { FakeDisk } from '../support/fake-devices.ts';
import { FakeTarget } from '../support/fake-target.ts';
import { jobWorld, type JobWorld } from '../support/job-world.ts';
import { patternBytes } from '../support/world.ts';

describe.skipIf(noMkfs).each(MOVERS)('a backup by %s', (mover) => {
  it('that fails is in the catalog with the reason and how to go on, and the next one works',
    async () => {
      const w = jobWorld();
      const { set: older } = await w.backUp(mover);
      w.tape.objectCountMax = w.tape.objects.length + 5;
      await expect(w.backUp(mover)).rejects.toThrow(/VOLUME OVERFLOW/);
      const failed = w.catalog.sets().at(-1)!;
      expect(failed.state).toBe('failed');
      expect(failed.reason).toMatch(/VOLUME OVERFLOW.*run the backup again/);
      expect(w.catalog.itemCount(failed.number)).toBe(0);
      await expect(verify(w.context, { tape: w.tapeUnit, catalog: w.catalog, set: failed.id }))
        .rejects.toThrow(/is not complete: .*VOLUME OVERFLOW/);
      w.tape.objectCountMax = Number.POSITIVE_INFINITY;
      const { set: next } = await w.backUp(mover);
      for (const set of [older, next]) {
        const report = await verify(w.context, {
          tape: w.tapeUnit, catalog: w.catalog, set, source: w.source });
        expect([report.problems, report.differentBytes]).toEqual([[], 0]);
      }
    });

  it('that is aborted stops, and is recorded as failed', async () => {
    const w = jobWorld();
    const abort = new AbortController();
    w.target.before = (_, { cdb }) => {
      if (w.tape.objects.length > 6) abort.abort(new Error('stopped by its user'));
      if (abort.signal.aborted && cdb[0] === 0x83) abort.signal.throwIfAborted();
    };
    await expect(w.backUp(mover, { ...w.context, signal: abort.signal }))
      .rejects.toThrow('stopped by its user');
    expect(w.catalog.sets()).toMatchObject([{ state: 'failed' }]);
  });

  it('tells how far it is', async () => {
    const w = jobWorld();
    const seen: Progress[] = [];
    const { dataBytes } = await w.backUp(mover, {
      ...w.context, onProgress: (progress) => seen.push(progress) });
    const copied = seen.filter(({ phase }) => phase === 'copy');
    expect(copied.at(-1)).toEqual({ phase: 'copy', bytesDone: dataBytes, bytesTotal: dataBytes });
    const done = copied.map(({ bytesDone }) => bytesDone);
    expect(done).toEqual([...done].sort((a, b) => a - b));
  });
});

describe.skipIf(noMkfs)('reports', () => {
  it('count data and metadata by what went through the client', async () => {
    const w = jobWorld();
    const xcopy = await w.backUp('xcopy');
    expect(xcopy.client.dataBytes).toBe(0);
    expect(xcopy.copyManagerBytes).toBe(xcopy.dataBytes);
    const host = await w.backUp('host');
    expect(host.mover).toBe('host');
    expect(host.copyManagerBytes).toBe(0);
    expect(host.client.dataBytes).toBeGreaterThanOrEqual(2 * host.dataBytes);
    expect(host.client.metadataBytes).toBeGreaterThan(0);
    expect(host.client.commands).toBeGreaterThan(xcopy.client.commands);
  });

  it('give the processor time of the copying', async () => {
    const w = jobWorld();
    let cpu = 0;
    w.target.before = (_, { cdb }) => {
      cpu += cdb[0] === 0x83 ? 10 : 1;
    };
    const { cpu: time } = await w.backUp('xcopy', { ...w.context, cpuMs: () => cpu });
    expect(time.totalMs).toBe(cpu);
    expect(time.copyingMs).toBeGreaterThanOrEqual(50);
    expect(time.copyingMs).toBeLessThan(time.totalMs);
  });
});

describe.skipIf(noMkfs)('a job refuses', () => {
  const restore = (w: JobWorld, disk: FakeDisk, set: string) => {
    const target = new FakeTarget([disk, w.tape], {}, w.target.name);
    return restoreVolume(w.context, { disk: target.connect(disk), tape: target.connect(w.tape),
      catalog: w.catalog, set, mover: 'xcopy' });
  };

  it('a disk that is too small, or has longer blocks than the set fits', async () => {
    const w = jobWorld({}, patternBytes((1 << 20) + 512));
    const { set } = await w.backUp();
    await expect(restore(w, new FakeDisk(512, new Uint8Array(1 << 20)), set))
      .rejects.toThrow(/needs a disk of 1049088 bytes, this one has 1048576/);
    await expect(restore(w, new FakeDisk(4096, new Uint8Array(2 << 20)), set))
      .rejects.toThrow(/blocks of 4096 bytes/);
  });

  it('devices on two targets, unless the client moves the data', async () => {
    const w = jobWorld();
    const elsewhere = new FakeTarget([w.tape], {}, 'iqn.other').connect(w.tape);
    const options = { source: w.source, tape: elsewhere, catalog: w.catalog };
    await expect(backUp(w.context, { ...options, mover: 'xcopy' }))
      .rejects.toThrow(/on two targets, iqn.test and iqn.other; use --mover host/);
    expect(w.catalog.sets()).toEqual([]);
    expect((await backUp(w.context, { ...options, mover: 'host' })).mover).toBe('host');
  });

  it('a tape for a disk, and a disk for a tape', async () => {
    const w = jobWorld();
    const options = { catalog: w.catalog, mover: 'xcopy' } as const;
    await expect(backUp(w.context, { ...options, source: w.tapeUnit, tape: w.tapeUnit }))
      .rejects.toThrow(/as a disk: its device type is 01h/);
    await expect(backUp(w.context, { ...options, source: w.source, tape: w.source }))
      .rejects.toThrow(/as a tape: its device type is 00h/);
  });

  it('a copy manager that lacks what it needs, and takes no other way by itself', async () => {
    const w = jobWorld({ implemented: [0x02, 0xe4] });
    await expect(w.backUp()).rejects.toThrow(/no descriptors of type 00h, 01h, 04h, 06h, 10h, 12h/);
    expect(w.tape.objects).toEqual([]);
  });
});

describe.skipIf(noMkfs)('a narrow copy manager', () => {
  it.each([
    { segmentCount: 3 },
    { segmentCount: 16, segmentBytes: 5000, inlineBytes: 600, streamTransferBytes: 4096 },
    { descriptorBytes: 64 + 5 * 24, inlineGranularity: 6, dataGranularity: 9 },
  ])('with %j gets lists it can take, and the same comes back', async (limits) => {
    const w = jobWorld(limits);
    const image = w.disk.bytes.slice();
    const { set } = await w.backUp();
    const fresh = Catalog.open(':memory:');
    w.disk.bytes = new Uint8Array(image.length);
    await restoreVolume(w.context, { disk: w.source, tape: w.tapeUnit, catalog: w.catalog, set,
      mover: 'xcopy' });
    expect(Buffer.compare(w.disk.bytes, image)).toBe(0);
    fresh.close();
    for (const list of w.target.lists) {
      const view = new DataView(list.buffer, list.byteOffset);
      expect(view.getUint16(2) + view.getUint32(8))
        .toBeLessThanOrEqual(w.target.limits.descriptorBytes);
      expect(view.getUint32(12)).toBeLessThanOrEqual(w.target.limits.inlineBytes);
    }
  });
});
