import type { Cartridge } from '../media/cartridge.ts';
import type { Identity } from '../media/identity.ts';
import type { Clock } from '../ports/clock.ts';
import type { Command, ItNexus } from '../sam/command.ts';
import { CommandTable } from '../sam/command-table.ts';
import type { AccessKind, StreamMedium, StreamSession } from '../sam/medium-access.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { SENSE_BYTES_MAX } from '../sense/formats.ts';
import { type Sense, SenseError } from '../sense/sense.ts';
import { VERSION_DESCRIPTORS } from '../wire/spc/inquiry.ts';
import {
  controlExtensionPage, controlPage, disconnectReconnectPage, generalBlockDescriptor,
} from '../wire/spc/mode.ts';
import {
  controlDataProtectionPage, dataCompressionPage, streamDeviceSpecific, streamErrorRecoveryPage,
} from '../wire/ssc/mode-pages.ts';
import {
  manufacturerSerialPage, sequentialCapabilitiesPage, tapeAlertFlagsPage,
} from '../wire/ssc/vpd.ts';
import { DEFAULT_GENERATION, densityOf, mediumTypeOf } from './densities.ts';
import { assertReady, Device, type DeviceOptions } from './device.ts';
import type { LogPage } from './log-sense.ts';
import { TypedModePage } from './mode-page.ts';
import { type ModeHost, ModeParameters } from './mode-parameters.ts';
import { invalidListField } from './parameter-data.ts';
import { DriveSession } from './stream-session.ts';
import { SUPPORTED_FLAGS } from './tape-alerts.ts';
import { DriveBuffers } from './tape-buffers.ts';
import { RECORD_BYTES_MAX, TapeDrive } from './tape-drive.ts';
import { LostPositions } from './tape-lost-positions.ts';
import { tapeLogPages } from './tape-log-pages.ts';
import {
  deviceConfiguration, DeviceConfigurationExtension, ExceptionsPage, mediumConfiguration,
  PartitionPage,
} from './tape-mode-pages.ts';
import type { StateKeeper } from './state-store.ts';
import { type DriveState, DriveStateStore } from './tape-state.ts';
import { vpdPage } from './vpd-pages.ts';

const PRODUCT = { vendor: 'SRVFREE', name: 'TAPE', revision: '1' };
const TAPE = 0x01;
const DENSITY_NO_CHANGE = 0x7f;

export interface TapeOptions extends DeviceOptions<TapeUnit> {
  /** The names of the drive, which are not those of any cartridge. */
  readonly identity: Identity;
  /** Keeps saved mode pages and identification over restarts; without it neither can be set. */
  readonly stateKeeper?: StateKeeper<DriveState>;
  /** Without it the drive has no time. */
  readonly clock?: Clock;
  /** Generation of LTO. The default is that of its first cartridge; without one it is LTO-8. */
  readonly generation?: number;
  /** What is in the drive at the start. */
  readonly cartridge?: Cartridge;
}

/** A tape drive as a logical unit. Source: SSC-4. */
export class TapeUnit extends Device implements StreamMedium {
  readonly kind = 'stream';
  readonly peripheralDeviceType = TAPE;
  readonly removable = true;
  readonly commandSetVersion = VERSION_DESCRIPTORS.ssc4;
  readonly product = PRODUCT;
  readonly drive: TapeDrive;
  readonly control = new TypedModePage(
    0x0a, controlPage, { busyTimeout: 0xffff }, ['dSense', 'swp']);
  readonly vpdPages = [
    vpdPage(0xb0, sequentialCapabilitiesPage, TAPE, () => ({ worm: true })),
    vpdPage(0xb1, manufacturerSerialPage, TAPE, () => ({ serialNumber: this.serialNumber })),
    vpdPage(0xb2, tapeAlertFlagsPage, TAPE, () => ({ flags: SUPPORTED_FLAGS })),
  ];
  /** What FORMAT MEDIUM makes. */
  readonly partitions: PartitionPage;
  readonly modes: ModeParameters;
  readonly table: CommandTable;
  readonly buffers = new DriveBuffers();
  /** What it keeps over restarts, if it has a place to. */
  readonly state: DriveStateStore | undefined;
  readonly clock: Clock | undefined;
  readonly #lostPositions = new LostPositions(() => this.drive.hasDataAhead);
  #copyCount = 0;
  /** LTFS does not know I_T NEXUS LOSS OCCURRED. */
  protected readonly nexusLossCondition = 'powerOnOrReset';

  /** Cartridges stay their caller's, to close when they are out or no command runs any more. */
  constructor(options: TapeOptions) {
    super(options.identity, PRODUCT, options);
    this.drive = new TapeDrive(options.generation ?? generationOf(options.cartridge),
      { vendor: PRODUCT.vendor, serialNumber: this.serialNumber });
    this.partitions = new PartitionPage(this.drive);
    if (options.cartridge !== undefined) this.drive.insert(options.cartridge);
    this.state = options.stateKeeper && new DriveStateStore(options.stateKeeper);
    this.clock = options.clock;
    const exceptions = new ExceptionsPage(this.attentions);
    this.modes = new ModeParameters(modeHost(this), [
      new TypedModePage(0x01, streamErrorRecoveryPage, {}, []),
      new TypedModePage(0x02, disconnectReconnectPage, {}, []),
      this.control,
      // Compression can be turned on and off; nothing is ever smaller for it.
      new TypedModePage(0x0f, dataCompressionPage, { dcc: true, dde: true }, ['dce', 'dde']),
      deviceConfiguration(this.drive), new DeviceConfigurationExtension(this.drive),
      this.partitions,
      exceptions, mediumConfiguration(this.drive),
      new TypedModePage(
        0x010a, controlExtensionPage, { tcmos: true, maximumSense: SENSE_BYTES_MAX }, []),
      new TypedModePage(0xf00a, controlDataProtectionPage, {}, []),
    ], this.state?.modePages);
    this.drive.alerts.onRaise = () => exceptions.raised();
    this.table = new CommandTable(
      options.commands(this).map((row) => this.#lostPositions.watch(row)));
  }

  override get logPages(): readonly LogPage[] {
    return tapeLogPages(this);
  }

  get medium(): StreamMedium {
    return this;
  }

  get isWriteProtected(): boolean {
    return (this.drive.cartridge?.writeProtected ?? false) || this.control.value.swp
      || (this.drive.isLoaded && this.drive.use !== 'write');
  }

  notReady(): Sense | undefined {
    const { drive } = this;
    if (!drive.isLoaded) return { key: 'notReady', additional: 'mediumNotPresent' };
    if (drive.use !== 'none') return undefined;
    const isKnown = densityOf(drive.tape.label.densityCode) !== undefined;
    return {
      key: 'mediumError',
      additional: isKnown ? 'cannotReadIncompatibleFormat' : 'cannotReadUnknownFormat' };
  }

  /**
   * Puts a cartridge into the empty drive; every nexus is told that the medium may have changed.
   *
   * Throws: RangeError if the drive is not empty.
   */
  insert(cartridge: Cartridge): void {
    this.drive.insert(cartridge);
    this.attentions.establish('mediumMayHaveChanged');
  }

  /** Takes the cartridge out, everything on it durable, when commands under way have ended. */
  remove(signal: AbortSignal): Promise<Cartridge | undefined> {
    return this.drive.lock.run(signal, () => this.drive.remove());
  }

  /** A copy works on the tape now. */
  get isCopying(): boolean {
    return this.#copyCount > 0;
  }

  /** MODE SELECT waits for its turn, and what was written becomes durable first. */
  alone<T>(signal: AbortSignal, work: () => Promise<T> | T): Promise<T> {
    return this.drive.lock.run(signal, async () => {
      if (this.drive.isLoaded) await this.drive.sync();
      return work();
    });
  }

  override reset(): void {
    super.reset();
    this.drive.blockBytes = 0;
    this.drive.isBuffered = true;
    this.drive.alerts.clear();
  }

  attentionReported(command: Command, condition: AdditionalSense): void {
    this.#lostPositions.attentionReported(command, condition);
  }

  override nexusLost(nexus: ItNexus): void {
    super.nexusLost(nexus);
    this.#lostPositions.nexusLost(nexus);
    this.drive.alerts.nexusLost(nexus);
    this.buffers.nexusLost(nexus);
  }

  /** Throws: SenseError if there is no tape or, for writes, it is protected. */
  assertAccess(access: AccessKind): void {
    assertReady(this);
    if (access === 'read' || !this.isWriteProtected) return;
    throw new SenseError('dataProtect', this.#protection(),
      `Cannot write the tape in ${this.name}: it is write protected`);
  }

  /** Why the tape cannot be written. */
  #protection(): AdditionalSense {
    if (this.drive.use === 'read') return 'cannotWriteIncompatibleFormat';
    return this.control.value.swp ? 'softwareWriteProtected' : 'writeProtected';
  }

  async exclusive<T>(
    signal: AbortSignal, work: (session: StreamSession) => Promise<T>): Promise<T> {
    return this.drive.lock.run(signal, async () => {
      this.#copyCount += 1;
      try {
        const result = await work(
          new DriveSession(this.drive, (access, nexus) => this.#admit(access, nexus)));
        if (!this.drive.isBuffered && this.drive.isLoaded) await this.drive.sync();
        return result;
      } finally {
        this.#copyCount -= 1;
      }
    });
  }

  /**
   * As a command's checks, but unit attentions stay for the nexus's own commands, for a copy
   * manager is a nexus of its own; only a tape that may be another one ends the copy.
   */
  #admit(access: AccessKind, nexus: ItNexus): void {
    this.assertNotReserved(access, nexus);
    if (this.attentions.clear(nexus, 'mediumMayHaveChanged')) {
      throw new SenseError('unitAttention', 'mediumMayHaveChanged',
        `Cannot use ${this.name}: its tape may have been changed`);
    }
    this.assertAccess(access);
  }
}

const generationOf = (cartridge: Cartridge | undefined): number =>
  (cartridge === undefined ? undefined : densityOf(cartridge.label.densityCode)?.generation)
    ?? DEFAULT_GENERATION;

const modeHost = (unit: TapeUnit): ModeHost => {
  const { drive } = unit;
  const densityCode = (): number => drive.cartridge?.label.densityCode ?? 0;
  return {
    hasPageZero: true,
    mediumType: () => mediumTypeOf(drive.cartridge?.label),
    deviceSpecific: () => streamDeviceSpecific.encode({
      wp: unit.isWriteProtected, bufferedMode: drive.isBuffered ? 1 : 0, speed: 0 })[0]!,
    blockDescriptor: () => generalBlockDescriptor.encode(
      { densityCode: densityCode(), blockCount: 0, blockBytes: drive.blockBytes }),
    acceptDeviceSpecific(value, at) {
      const { bufferedMode, speed } = streamDeviceSpecific.read(Uint8Array.of(value));
      if (bufferedMode > 1) {
        throw invalidListField(`Cannot select buffered mode ${bufferedMode}`, at, 6);
      }
      if (speed !== 0) throw invalidListField(`Cannot select speed ${speed}`, at, 3);
      return () => {
        drive.isBuffered = bufferedMode === 1;
      };
    },
    acceptBlockDescriptor(descriptor, at) {
      const { densityCode: density, blockBytes } = generalBlockDescriptor.read(descriptor);
      if (![0, DENSITY_NO_CHANGE, densityCode()].includes(density)) {
        throw invalidListField(`Cannot select density ${density}: it is the cartridge's`, at);
      }
      if (blockBytes > RECORD_BYTES_MAX) {
        throw invalidListField(`Cannot select blocks of ${blockBytes} bytes: the limit is `
          + `${RECORD_BYTES_MAX}`, at + 5);
      }
      return () => {
        drive.blockBytes = blockBytes;
      };
    },
  };
};
