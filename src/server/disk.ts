import type { DiskImage } from '../media/disk-image.ts';
import type { ItNexus } from '../sam/command.ts';
import { CommandTable } from '../sam/command-table.ts';
import type {
  AccessKind, BlockMedium, BlockRun, BlockSnapshot, PlacedBytes,
} from '../sam/medium-access.ts';
import { SENSE_BYTES_MAX } from '../sense/formats.ts';
import type { Sense } from '../sense/sense.ts';
import { SenseError } from '../sense/sense.ts';
import { blockErrorRecoveryPage, cachingPage } from '../wire/sbc/mode-pages.ts';
import { VERSION_DESCRIPTORS } from '../wire/spc/inquiry.ts';
import {
  controlExtensionPage, controlPage, disconnectReconnectPage, informationalExceptionsPage,
  longLbaBlockDescriptor, shortLbaBlockDescriptor,
} from '../wire/spc/mode.ts';
import { assertReady, Device, type DeviceOptions } from './device.ts';
import { type DiskLimits, diskLimits } from './disk-limits.ts';
import { diskLogPages } from './disk-log-pages.ts';
import { diskVpdPages } from './disk-pages.ts';
import { type DiskState, DiskStateStore } from './disk-state.ts';
import { erase, type OnStep } from './erasure.ts';
import { GroupSync } from './group-sync.ts';
import { blockWriteFailure, readFailure } from './medium-error.ts';
import { MediumOperation, type MediumWork } from './medium-operation.ts';
import { TypedModePage } from './mode-page.ts';
import type { LogPage } from './log-sense.ts';
import { type ModeHost, ModeParameters } from './mode-parameters.ts';
import { type Pace, paced } from './pace.ts';
import { invalidListField } from './parameter-data.ts';
import { RangeLocks } from './range-locks.ts';
import type { StateKeeper } from './state-store.ts';
import type { VpdPage } from './vpd-pages.ts';

const PRODUCT = { vendor: 'SRVFREE', name: 'DISK', revision: '1' };
const DPOFUA = 0x10;
const WP = 0x80;

export interface DiskOptions extends DeviceOptions<DiskUnit> {
  /** Bytes of a physical block: 4096 with logical blocks of 512 makes a 512e disk. */
  readonly physicalBlockBytes?: number;
  readonly removable?: boolean;
  /** Writes are durable when they end, whatever FUA says (WCE=0). The default is false. */
  readonly writeThrough?: boolean;
  /** Keeps mode pages and work under way over restarts; without it no mode page is saved. */
  readonly stateKeeper?: StateKeeper<DiskState>;
  /** For how long a SANITIZE that overwrites goes on at least; at once without it. */
  readonly overwritePace?: Pace;
}

/** A disk logical unit on an image. Source: SBC-3. */
export class DiskUnit extends Device implements BlockMedium {
  readonly kind = 'block';
  readonly peripheralDeviceType = 0x00;
  readonly commandSetVersion = VERSION_DESCRIPTORS.sbc3;
  readonly product = PRODUCT;
  readonly removable: boolean;
  readonly image: DiskImage;
  readonly limits: DiskLimits;
  /** Logical blocks in a physical one, as a power of two. */
  readonly physicalExponent: number;
  readonly locks = new RangeLocks();
  /** FORMAT UNIT and SANITIZE. */
  readonly operation: MediumOperation;
  readonly vpdPages: readonly VpdPage[];
  readonly caching: TypedModePage<(typeof cachingPage)['fields']>;
  readonly control = new TypedModePage(0x0a, controlPage,
    { queueAlgorithm: 1, busyTimeout: 0xffff }, ['dSense', 'swp']);
  readonly modes: ModeParameters;
  readonly table: CommandTable;
  protected readonly nexusLossCondition = 'itNexusLoss';
  readonly #sync: GroupSync;
  #isEjected = false;

  /** The image stays its caller's, to close when no command runs any more. */
  constructor(image: DiskImage, options: DiskOptions) {
    super(image.identity, PRODUCT, options);
    this.image = image;
    this.removable = options.removable ?? false;
    this.limits = diskLimits(image.blockBytes);
    this.physicalExponent = Math.log2(
      (options.physicalBlockBytes ?? image.blockBytes) / image.blockBytes);
    this.vpdPages = diskVpdPages(this.limits, 2 ** this.physicalExponent);
    this.caching = new TypedModePage(0x08, cachingPage,
      { wce: !(options.writeThrough ?? false) }, ['wce']);
    const state = new DiskStateStore(options.stateKeeper);
    this.modes = new ModeParameters(modeHost(this), [
      new TypedModePage(0x01, blockErrorRecoveryPage, { awre: true, arre: true }, []),
      new TypedModePage(0x02, disconnectReconnectPage, {}, []),
      this.caching, this.control,
      new TypedModePage(0x10a, controlExtensionPage, { maximumSense: SENSE_BYTES_MAX }, []),
      new TypedModePage(0x1c, informationalExceptionsPage, { dexcpt: true }, []),
    ], state.modePages);
    this.#sync = new GroupSync(() => image.sync());
    // A process that was killed may have left bytes that can be read, but are not durable yet.
    this.#sync.changed();
    this.operation = new MediumOperation({
      run: (work, signal, onProgress) => this.#erase(work,
        paced(isPaced(work) ? options.overwritePace : undefined, signal), onProgress),
      keep: (kept) => state.keepWork(kept),
    });
    if (state.work !== undefined) this.operation.resume(state.work);
    this.table = new CommandTable(options.commands(this));
  }

  override get logPages(): readonly LogPage[] {
    return diskLogPages;
  }

  get medium(): BlockMedium {
    return this;
  }

  get blockBytes(): number {
    return this.image.blockBytes;
  }

  get blockCount(): number {
    return this.image.blockCount;
  }

  get isWriteProtected(): boolean {
    return this.image.writeProtected || this.control.value.swp;
  }

  notReady(): Sense | undefined {
    if (this.#isEjected) return { key: 'notReady', additional: 'mediumNotPresent' };
    return this.operation.sense;
  }

  /** The image stays open: what is ejected is out of reach for initiators alone. */
  eject(): void {
    this.#isEjected = true;
  }

  /** All nexuses but the one that loads are told that the medium may be another one. */
  load(nexus: ItNexus): void {
    if (this.#isEjected) this.attentions.establish('mediumMayHaveChanged', nexus);
    this.#isEjected = false;
  }

  async alone<T>(_signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    return work();
  }

  /** Throws: SenseError if there is no medium or, for writes, it is protected. */
  assertAccess(access: AccessKind): void {
    assertReady(this);
    if (access === 'write') this.assertWritable();
  }

  /** As before a write, but what has failed before may be tried again. Throws: SenseError. */
  assertMayErase(): void {
    if (this.#isEjected || this.operation.failed === undefined) assertReady(this);
    this.assertWritable();
  }

  /** Throws: SenseError if the medium is protected. */
  assertWritable(): void {
    if (!this.isWriteProtected) return;
    throw new SenseError('dataProtect',
      this.image.writeProtected ? 'writeProtected' : 'softwareWriteProtected',
      `Cannot write ${this.name}: it is write protected`);
  }

  /**
   * As a command's checks, but unit attentions stay for the nexus's own commands, for a copy
   * manager is a nexus of its own; only a medium that may be another one ends the copy.
   */
  admit(access: AccessKind, nexus: ItNexus): void {
    this.assertNotReserved(access, nexus);
    if (this.attentions.clear(nexus, 'mediumMayHaveChanged')) {
      throw new SenseError('unitAttention', 'mediumMayHaveChanged',
        `Cannot use ${this.name}: its medium may have been changed`);
    }
    this.assertAccess(access);
  }

  /** Throws: SenseError LBA OUT OF RANGE. A range without blocks may begin behind the last one. */
  assertRange(lba: number, blockCount: number): void {
    if (lba + blockCount <= this.blockCount) return;
    throw new SenseError('illegalRequest', 'lbaOutOfRange', `Cannot reach ${blockCount} blocks `
      + `from ${lba} on of ${this.name}: it has ${this.blockCount}`);
  }

  places(lba: number, blockCount: number): readonly PlacedBytes[] {
    this.assertRange(lba, blockCount);
    if (blockCount === 0) return [];
    return [{ place: this.image.place(lba, blockCount), byteLength: blockCount * this.blockBytes }];
  }

  changing(lba: number, blockCount: number): Promise<() => void> {
    return this.image.changing(lba, blockCount);
  }

  /** What is being written to the blocks when it is asked for is in it. */
  async snapshot(runs: readonly BlockRun[], onChange?: () => void): Promise<BlockSnapshot> {
    for (const { lba, blockCount } of runs) this.assertRange(lba, blockCount);
    return this.locks.holdAll(runs, 'shared', () => this.image.snapshot(runs, onChange));
  }

  /**
   * Fills the buffer from the image if it can be had without waiting, neither for a write nor for
   * the host; returns whether it could. The caller has checked the range.
   */
  readNow(lba: number, buffer: Uint8Array): boolean {
    return buffer.length % this.blockBytes === 0
      && this.locks.isFree(lba, buffer.length / this.blockBytes, 'shared')
      && this.image.readNow(lba, buffer);
  }

  /** Blocks from the image; throws: SenseError. The caller has checked the range. */
  async read(lba: number, byteLength: number): Promise<Uint8Array> {
    const buffer = Buffer.allocUnsafe(byteLength); // filled by the read, or thrown away
    await this.readInto(lba, buffer);
    return buffer;
  }

  /** As `read`. */
  async readInto(lba: number, buffer: Uint8Array): Promise<void> {
    const cutBytes = buffer.length % this.blockBytes;
    if (cutBytes > 0) {
      // An initiator that takes less than whole blocks is given the start of the last one.
      const whole = await this.read(lba, buffer.length - cutBytes + this.blockBytes);
      buffer.set(whole.subarray(0, buffer.length));
      return;
    }
    try {
      await this.image.read(lba, buffer);
    } catch (error) {
      throw readFailure(error, { information: lba });
    }
  }

  /** Throws: SenseError. Not durable before `settle` or `flush`. */
  write(lba: number, parts: readonly Uint8Array[]): Promise<void> {
    return this.#change(lba, () => this.image.write(lba, parts));
  }

  unmap(lba: number, blockCount: number): Promise<void> {
    return this.#change(lba, () => this.image.unmap(lba, blockCount));
  }

  async #change(lba: number, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw blockWriteFailure(error, { information: lba });
    } finally {
      this.#sync.changed();
    }
  }

  /** What reached the disk before goes first; nothing that was on it is left in a snapshot. */
  #erase(
    { command, erasure }: MediumWork, step: OnStep, onProgress: (done: number) => void,
  ): Promise<void> {
    return this.locks.hold(0, this.blockCount, 'alone', async () => {
      if (command === 'sanitize') this.image.snapshots.loseAll();
      try {
        await erase(this.image, erasure, (done) => {
          onProgress(done);
          return step(done);
        });
      } finally {
        this.#sync.changed();
      }
    });
  }

  /** Looks whether the image was made longer; all nexuses but `except` are told. */
  async noticeGrowth(except?: ItNexus): Promise<void> {
    if (await this.image.grow()) this.attentions.establish('capacityDataChanged', except);
  }

  /** Interrupts what goes on without a command. The image stays open. */
  async close(): Promise<void> {
    await this.operation.close();
  }

  /** Writes all, or nothing whatever happens; durable when it returns. Throws: SenseError. */
  async writeAtomically(lba: number, parts: readonly Uint8Array[]): Promise<void> {
    await this.#change(lba, () => this.image.writeAtomically(lba, parts));
  }

  /** Ends a write: makes it durable if FUA or a disabled write cache asks for that. */
  async settle(fua: boolean): Promise<void> {
    if (fua || this.isWriteThrough) await this.flush();
  }

  /** Writes are durable when they end, whatever FUA says: the write cache is disabled. */
  get isWriteThrough(): boolean {
    return !this.caching.value.wce;
  }

  /** Returns once all that was written is durable. Throws: SenseError WRITE ERROR. */
  async flush(): Promise<void> {
    try {
      await this.#sync.run();
    } catch (error) {
      throw blockWriteFailure(error);
    }
  }

  async written(): Promise<void> {
    this.#sync.changed();
    await this.settle(false);
  }
}

const isPaced = ({ command, erasure }: MediumWork): boolean =>
  command === 'sanitize' && erasure.kind === 'overwrite';

const modeHost = (disk: DiskUnit): ModeHost => ({
  hasPageZero: false,
  mediumType: () => 0,
  deviceSpecific: () => DPOFUA | (disk.isWriteProtected ? WP : 0),
  blockDescriptor(longLba) {
    const { blockCount, blockBytes } = disk;
    return longLba
      ? longLbaBlockDescriptor.encode({ blockCount: BigInt(blockCount), blockBytes })
      : shortLbaBlockDescriptor.encode(
        { blockCount: Math.min(blockCount, 0xffff_ffff), blockBytes });
  },
  acceptDeviceSpecific: () => () => {}, // WP and DPOFUA are reserved in MODE SELECT
  acceptBlockDescriptor(descriptor, at, longLba) {
    const { blockBytes } = longLba ? longLbaBlockDescriptor.read(descriptor)
      : shortLbaBlockDescriptor.read(descriptor);
    if (blockBytes !== 0 && blockBytes !== disk.blockBytes) {
      throw invalidListField(`Cannot select blocks of ${blockBytes} bytes: those of ${disk.name} `
        + `have ${disk.blockBytes}`, at + (longLba ? 12 : 5));
    }
    return () => {};
  },
});
