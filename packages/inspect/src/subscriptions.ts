import { type Attribute, type AttributeType, type AttributeValues, attributeCount } from "./attribute.js";
import type { FlowContext } from "./flow-context.js";

/** Called as the value is read; `context` stands on the flow and packet at hand, and is valid during the call only. */
export type AttributeHandler<T extends AttributeType> = (
  value: AttributeValues[T],
  context: FlowContext,
) => void;

/**
 * Who wants which attribute. Without a subscription a dissector's `set` is one load; a handler is called for every
 * value as it is read, and keeps its protocol's dissector reading past the verdict's budget.
 */
export class Subscriptions {
  /** By attribute id: 1 where the value goes into flow records or to a handler. */
  readonly wanted: Uint8Array = new Uint8Array(attributeCount());
  readonly #handlers: (AttributeHandler<AttributeType>[] | undefined)[] = [];

  /** Puts the attribute into flow records. */
  record(attribute: Attribute): void {
    this.wanted[attribute.id] = 1;
  }

  /** Calls `handler` with every value, and puts the attribute into flow records as well. */
  on<T extends AttributeType>(attribute: Attribute<T>, handler: AttributeHandler<T>): void {
    this.wanted[attribute.id] = 1;
    (this.#handlers[attribute.id] ??= []).push(handler as unknown as AttributeHandler<AttributeType>);
  }

  /** Whether `on` was called for the attribute. */
  hasHandler(attribute: Attribute): boolean {
    return this.#handlers[attribute.id] !== undefined;
  }

  /** Calls the attribute's handlers, in the order in which they were added. */
  deliver<T extends AttributeType>(
    attribute: Attribute<T>,
    value: AttributeValues[T],
    context: FlowContext,
  ): void {
    const handlers = this.#handlers[attribute.id];
    if (handlers === undefined) return;
    for (const handler of handlers) handler(value as never, context);
  }
}
