import { Malformed } from '../codec/finding.ts';
import type { KeyValue } from '../wire/iscsi/keys.ts';
import type { RejectReason } from '../wire/iscsi/exceptions.ts';
import { NO_TAG } from '../wire/iscsi/opcodes.ts';
import type { TextRequest } from '../wire/iscsi/text.ts';
import { TextCollector, TextSpreader } from './text-buffer.ts';

export interface TextReply {
  readonly final: boolean;
  readonly continues: boolean;
  /** NO_TAG if nothing is to follow. */
  readonly targetTransferTag: number;
  readonly text: Uint8Array;
}

/**
 * Text requests of one connection: one at a time, over as many PDUs as it takes.
 *
 * Source: RFC 7143 11.10, 11.11.
 */
export class TextExchange {
  readonly #answer: (pairs: readonly KeyValue[]) => KeyValue[];
  #collector = new TextCollector();
  #spreader = new TextSpreader();
  /** Tags of the exchange that is going on. */
  #open: { readonly initiatorTaskTag: number; readonly targetTransferTag: number } | undefined;
  #nextTag = 0;

  /** `answer` gives the answers to the keys of a whole text. */
  constructor(answer: (pairs: readonly KeyValue[]) => KeyValue[]) {
    this.#answer = answer;
  }

  request(
    header: TextRequest, data: readonly Uint8Array[], sendBytes: number): TextReply | RejectReason {
    const refusal = this.#begin(header);
    if (refusal !== undefined) return refusal;
    if (!this.#collector.append(data)) return this.#end('protocolError');
    if (!header.continues && this.#spreader.isEmpty) {
      try {
        this.#spreader.put(this.#answer(this.#collector.take()));
      } catch (error) {
        if (error instanceof Malformed) return this.#end('protocolError');
        throw error;
      }
    }
    const text = this.#spreader.next(header.continues ? 0 : sendBytes);
    const continues = !header.continues && !this.#spreader.isEmpty;
    const final = header.final && !continues;
    const targetTransferTag = final ? NO_TAG : this.#open!.targetTransferTag;
    if (final) this.#open = undefined;
    return { final, continues, targetTransferTag, text };
  }

  #begin({ initiatorTaskTag, targetTransferTag }: TextRequest): RejectReason | undefined {
    if (targetTransferTag !== NO_TAG) {
      return this.#open?.targetTransferTag === targetTransferTag
        && this.#open.initiatorTaskTag === initiatorTaskTag ? undefined : 'invalidPduField';
    }
    if (this.#open !== undefined && this.#open.initiatorTaskTag !== initiatorTaskTag) {
      return 'protocolError';
    }
    this.#collector = new TextCollector();
    this.#spreader = new TextSpreader();
    this.#open = { initiatorTaskTag, targetTransferTag: this.#nextTag };
    this.#nextTag = (this.#nextTag + 1) % NO_TAG;
    return undefined;
  }

  #end(reason: RejectReason): RejectReason {
    this.#open = undefined;
    return reason;
  }
}
