/**
 * What the device servers of all kinds have in common.
 *
 * ```text
 *              ┌ primaryCommands ── INQUIRY, mode parameters, reports ──► Device
 *  perform ──► │ blockCommands ───────────────────────────────────────► DiskUnit ──► DiskImage
 *  (sam)       ├ streamCommands ──────────────────────────────────────► TapeUnit ──► Cartridge
 *              │                                                          ▲  ▲
 *              └ changerCommands ──► ChangerUnit ──► Robot ── load, unload┘  │
 *                                                     └──► Magazine          │
 *  copy manager ──────────────────── BlockMedium, StreamMedium ──────────────┘
 * ```
 */
import type { Identity } from '../media/identity.ts';
import type { ItNexus } from '../sam/command.ts';
import type { CommandEntry, CommandTable } from '../sam/command-table.ts';
import type { Designator, LogicalUnit } from '../sam/logical-unit.ts';
import { type AccessKind, type MediumAccess, ReservationConflict } from '../sam/medium-access.ts';
import type { ReservationKeeper } from '../sam/persistent-reservations.ts';
import { Reservation, whenReservedFor } from '../sam/reservation.ts';
import { TaskSet } from '../sam/task-set.ts';
import { UnitAttentions } from '../sam/unit-attention.ts';
import type { AdditionalSense } from '../sense/codes.ts';
import { type Sense, SenseError, type SenseFormat, senseText } from '../sense/sense.ts';
import type { controlPage } from '../wire/spc/mode.ts';
import { designatorsOf, type TargetPort } from './designators.ts';
import type { LogPage } from './log-sense.ts';
import type { TypedModePage } from './mode-page.ts';
import type { ModeParameters } from './mode-parameters.ts';
import { Prevention } from './prevention.ts';
import type { VpdPage } from './vpd-pages.ts';

/** What a device is called in its INQUIRY data. */
export interface Product {
  readonly vendor: string;
  readonly name: string;
  readonly revision: string;
}

export interface DeviceOptions<D extends Device> {
  /** What the user called it; for messages. */
  readonly name: string;
  /** The port by which it is reached, for the designators of page 83h. */
  readonly port?: TargetPort;
  /** Pages of others, such as 8Fh of a copy manager; 3PC is set if that is among them. */
  readonly extraVpdPages?: readonly VpdPage[];
  readonly extraLogPages?: readonly LogPage[];
  /** Keeps persistent reservations over restarts; without it APTPL is refused. */
  readonly reservationKeeper?: ReservationKeeper;
  /** Told after a reset of the device, and of each nexus that is lost. */
  readonly onReset?: (device: LogicalUnit) => void;
  readonly onNexusLost?: (nexus: ItNexus) => void;
  /** The rows of its command table, made once for the finished device. */
  readonly commands: (device: D) => readonly CommandEntry[];
}

/** A logical unit of any kind. */
export abstract class Device implements LogicalUnit {
  readonly name: string;
  readonly serialNumber: string;
  readonly designators: readonly Designator[];
  readonly attentions = new UnitAttentions();
  readonly reservation: Reservation;
  readonly tasks = new TaskSet();
  readonly prevention = new Prevention();
  readonly extraVpdPages: readonly VpdPage[];
  readonly extraLogPages: readonly LogPage[];

  readonly #onReset: ((device: LogicalUnit) => void) | undefined;
  readonly #onNexusLost: ((nexus: ItNexus) => void) | undefined;

  abstract readonly peripheralDeviceType: number;
  abstract readonly removable: boolean;
  abstract readonly product: Product;
  /** Version descriptors behind those that every device has. */
  abstract readonly commandSetVersion: number;
  abstract readonly table: CommandTable;
  abstract readonly modes: ModeParameters;
  abstract readonly control: TypedModePage<(typeof controlPage)['fields']>;
  /** Undefined for a changer. */
  abstract readonly medium: MediumAccess | undefined;
  /** The pages of its kind of device. */
  abstract readonly vpdPages: readonly VpdPage[];
  /** What a nexus is told that comes back. */
  protected abstract readonly nexusLossCondition: AdditionalSense;

  protected constructor(
    identity: Identity, product: Product,
    options: Omit<DeviceOptions<never>, 'commands'>) {
    this.name = options.name;
    this.serialNumber = identity.serialNumber;
    this.designators = designatorsOf(identity, product.vendor, options.port);
    this.reservation = new Reservation(options.reservationKeeper);
    this.extraVpdPages = options.extraVpdPages ?? [];
    this.extraLogPages = options.extraLogPages ?? [];
    this.#onReset = options.onReset;
    this.#onNexusLost = options.onNexusLost;
  }

  /** The log pages of its kind of device. */
  get logPages(): readonly LogPage[] {
    return [];
  }

  get senseFormat(): SenseFormat {
    return this.control.value.dSense ? 'descriptor' : 'fixed';
  }

  /** Why commands that need the medium fail; undefined if they do not. */
  abstract notReady(): Sense | undefined;

  /** Runs work when no command that uses the medium is under way, where that matters. */
  abstract alone<T>(signal: AbortSignal, work: () => Promise<T> | T): Promise<T>;

  /** Throws: ReservationConflict. */
  protected assertNotReserved(access: AccessKind, nexus: ItNexus): void {
    if (this.reservation.conflicts(nexus, whenReservedFor(access))) {
      throw new ReservationConflict();
    }
  }

  reset(): void {
    this.reservation.clear();
    this.prevention.clear();
    this.modes.restore();
    this.attentions.establish('deviceReset');
    this.#onReset?.(this);
  }

  nexusLost(nexus: ItNexus): void {
    this.reservation.release(nexus);
    this.prevention.allow(nexus);
    this.attentions.establishFor(nexus, this.nexusLossCondition);
    this.#onNexusLost?.(nexus);
  }
}

/** Throws: SenseError if the device cannot use its medium. */
export function assertReady(device: Device): void {
  const sense = device.notReady();
  if (sense === undefined) return;
  throw new SenseError(sense.key, sense.additional,
    `Cannot use ${device.name}: ${senseText(sense)}`, sense);
}
