/**
 * One I_T nexus with digests, whose connection goes at times:
 *
 *   lanes ─→ send ─→ Client ─→ CuttableNetwork ─→ target
 *              └ a fault after so many commands: cut, log out, log in again, abort, reset
 *
 * A new connection has the nexus of the old one, so that its login waits for the old one's tasks.
 */
import { type Answered, Client, type Sent } from '../support/e2e-client.ts';
import { between, pick } from '../support/seeded.ts';
import { CuttableNetwork } from './cuttable-network.ts';
import type { Resets } from './resets.ts';
import { Interrupted, SoakProblem } from './soak-error.ts';
import type { Tallies } from './tallies.ts';

const FAULTS = [
  'none', 'none', 'cutSending', 'cutReceiving', 'cut', 'logout', 'reinstate', 'abort', 'abort',
  'reset',
] as const;
type Fault = (typeof FAULTS)[number];
/** Within how many bytes of one direction a connection is cut: in work, and in a login. */
const CUT_BYTES_MAX = 2_000_000;
const LOGIN_CUT_BYTES_MAX = 2_000;

export interface SessionPlace {
  /** `iscsi://portal/iqn`. */
  readonly base: string;
  readonly luns: readonly number[];
  readonly resets: Resets;
  readonly tallies: Tallies;
}

/** A connection of the session. */
class Line {
  readonly client: Client;
  readonly network = new CuttableNetwork();
  /** The soak has left it: what happens to its commands is no problem. */
  isLeft = false;

  constructor(base: string, initiatorName: string) {
    this.client = new Client(base, { digests: true, initiatorName },
      // The same ISID each time: it is made from these bytes.
      { network: this.network, random: { bytes: (count) => new Uint8Array(count).fill(7) } });
  }

  get isGone(): boolean {
    return this.isLeft || this.network.hasCut;
  }
}

interface InFlight {
  readonly lun: number;
  readonly cdb: string;
  readonly stop: AbortController;
}

export class SoakSession {
  readonly #place: SessionPlace;
  readonly #index: number;
  readonly #random: () => number;
  #line: Line;
  readonly #inFlight = new Set<InFlight>();
  #fault: { readonly kind: Fault; commandsLeft: number } | undefined;
  #faultWork: Promise<void> = Promise.resolve();

  constructor(place: SessionPlace, index: number, random: () => number) {
    this.#place = place;
    this.#index = index;
    this.#random = random;
    this.#line = this.#newLine();
    place.resets.listen((lun) => this.#interrupt(lun));
  }

  #newLine(): Line {
    return new Line(this.#place.base, `iqn.2026-01.test:soak-${this.#index}`);
  }

  /** Throws: Interrupted if the soak has ended the command; Error if the target has. */
  async send(lun: number, cdb: string, sent: Sent = {}): Promise<Answered> {
    this.#countDown();
    const line = this.#line;
    if (line.isGone) throw new Interrupted();
    const one = { lun, cdb, stop: new AbortController() };
    this.#inFlight.add(one);
    const { epoch } = this.#place.resets;
    this.#place.tallies.add('commands');
    try {
      const answered = await line.client.send(lun, cdb, { ...sent, signal: one.stop.signal });
      const isAttention = answered.told.startsWith('06/29/');
      if (isAttention || (answered.told !== 'good' && this.#place.resets.epoch !== epoch)) {
        throw new Interrupted();
      }
      return answered;
    } catch (error) {
      if (line.isGone || one.stop.signal.aborted) throw new Interrupted();
      throw error;
    } finally {
      this.#inFlight.delete(one);
    }
  }

  /** As `send`, for a command that must end well. Throws: SoakProblem if it does not. */
  async must(lun: number, cdb: string, sent: Sent = {}): Promise<Uint8Array> {
    const { told, data, sense } = await this.send(lun, cdb, sent);
    if (told === 'good') return data;
    throw new SoakProblem(`session ${this.#index}, LUN ${lun}, CDB ${cdb}: told ${told} ${sense}`);
  }

  /** Commands that wait for their answers, for one who wonders why nothing goes on. */
  get waiting(): string[] {
    return [...this.#inFlight].map(({ lun, cdb }) =>
      `session ${this.#index}, LUN ${lun}, CDB ${cdb} waits for its answer`);
  }

  /** Something may go wrong during the next commands. */
  planFault(): void {
    const kind = pick(this.#random, FAULTS);
    this.#fault = { kind, commandsLeft: between(this.#random, 1, 60) };
    const bytes = between(this.#random, 0, CUT_BYTES_MAX);
    if (kind === 'cutSending') this.#line.network.cutAfter('sent', bytes);
    if (kind === 'cutReceiving') this.#line.network.cutAfter('received', bytes);
  }

  /** What was planned has happened, whether or not it could; then there is a connection again. */
  async settle(): Promise<void> {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) this.#begin(fault.kind);
    await this.#faultWork;
    while (this.#line.isGone) await this.#reconnect();
  }

  #countDown(): void {
    if (this.#fault === undefined) return;
    this.#fault.commandsLeft -= 1;
    if (this.#fault.commandsLeft > 0) return;
    const { kind } = this.#fault;
    this.#fault = undefined;
    this.#begin(kind);
  }

  #begin(kind: Fault): void {
    if (kind === 'none') return;
    const isGentle = kind === 'abort' || kind === 'reset';
    this.#place.tallies.add(`${isGentle ? 'faults' : 'disconnects'}: ${kind}`);
    this.#faultWork = this.#do(kind);
    // Whoever settles sees what it threw; nobody may look before.
    this.#faultWork.catch(() => {});
  }

  async #do(kind: Exclude<Fault, 'none'>): Promise<void> {
    const { luns, resets } = this.#place;
    switch (kind) {
      // One whose bytes have not come together is cut now.
      case 'cut': case 'cutSending': case 'cutReceiving': this.#line.network.cut(); return;
      case 'abort': this.#interrupt(pick(this.#random, luns)); return;
      case 'reset': await resets.reset(pick(this.#random, luns)); return;
      case 'logout':
        this.#line.isLeft = true;
        await this.#line.client.close();
        return;
      case 'reinstate': await this.#reinstate();
    }
  }

  /** ABORT TASK for all commands to a logical unit. */
  #interrupt(lun: number): void {
    for (const one of this.#inFlight) if (one.lun === lun) one.stop.abort();
  }

  /** The old connection hangs, the new one takes the nexus over. */
  async #reinstate(): Promise<void> {
    const old = this.#line;
    old.isLeft = true;
    old.network.hang();
    await this.#reconnect();
    old.network.cut();
  }

  /** Not even a login is safe. */
  async #reconnect(): Promise<void> {
    const line = this.#newLine();
    if (this.#random() < 0.2) {
      line.network.cutAfter(pick(this.#random, ['sent', 'received']),
        between(this.#random, 0, LOGIN_CUT_BYTES_MAX));
    }
    this.#place.tallies.add('logins');
    try {
      for (const lun of this.#place.luns) await line.client.must(lun, '00 00 00 00 00 00');
    } catch (error) {
      if (!line.network.hasCut) throw error;
      this.#place.tallies.add('disconnects: login');
    }
    this.#line = line;
  }

  /** Logs out, for good. */
  async close(): Promise<void> {
    await this.settle();
    await this.#line.client.close();
  }
}
