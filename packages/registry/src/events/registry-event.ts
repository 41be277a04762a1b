/** What can happen to content, in Distribution's words (notifications/event.go). */
export type EventAction = 'pull' | 'push' | 'mount' | 'delete';

/** Something that a client, or the registry by itself, has done, told when it has succeeded. Fields and meanings are those of Distribution's events. */
export interface RegistryEvent {
  /** A UUID; unique to this event. */
  readonly id: string;
  readonly timestamp: Date;
  readonly action: EventAction;
  readonly target: EventTarget;
  readonly request: EventRequest;
  readonly actor: {
    /** Undefined for somebody unknown. */
    readonly name?: string | undefined;
  };
  /** Why the registry has done it by itself; undefined for what a client did. */
  readonly reason?: string | undefined;
}

/**
 * What the action was done to. A blob or a manifest has a digest, and in all actions but `delete` also a media type, a size and a URL; a tag that is
 * deleted has only its name.
 */
export interface EventTarget {
  readonly repository: string;
  readonly mediaType?: string | undefined;
  readonly digest?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  /** The repository that a blob was mounted from. */
  readonly fromRepository?: string | undefined;
  /** By which digest the content can be had from this registry, as its clients address it. */
  readonly url?: string | undefined;
  /** By which a manifest was pushed or pulled, or which was deleted. */
  readonly tag?: string | undefined;
  /** The exact bytes of a manifest that was pushed or pulled. */
  readonly content?: Buffer | undefined;
}

/** The request that did it. Apart from the method, a client can write here what it likes. */
export interface EventRequest {
  /** The same in all events of one request. */
  readonly id: string;
  /** Address and port of the client, or the address that a proxy gives for it. */
  readonly addr: string;
  readonly host: string;
  readonly method: string;
  readonly useragent: string;
}

/** Is told of events. */
export interface EventListener {
  /** Only events of these actions. Default: all. */
  readonly actions?: readonly EventAction[] | undefined;
  /** Must neither wait nor throw: a client's answer comes after it. */
  listen(event: RegistryEvent): void;
}
