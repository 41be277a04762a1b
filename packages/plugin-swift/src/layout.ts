/** Where things lie in the container. */
export interface Layout {
  /** `/<container>`, escaped. */
  readonly containerPath: string;
  readonly container: string;
  /** What all keys of content begin with; with a slash at its end. As Distribution's driver had it. */
  readonly files: string;
  /** What all names of our own segments begin with; with a slash at its end. Nobody else uses it. */
  readonly segments: string;
  /** The path of an object below the account's address, escaped. */
  pathOf(name: string): string;
}

export function createLayout(container: string, prefix: string): Layout {
  const containerPath = `/${encodeURIComponent(container)}`;
  return {
    container,
    containerPath,
    files: below(prefix, 'files'),
    segments: below(prefix, 'outrigger-segments'),
    pathOf: (name) => `${containerPath}/${escapeName(name)}`,
  };
}

/** As URLs, X-Copy-From and the lines of a bulk delete have a name. */
export function escapeName(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

/** Distribution puts the prefix in front as it is, and takes the slashes at the beginning away. */
function below(prefix: string, directory: string): string {
  return `${`${prefix}/${directory}`.replace(/^\/+/, '')}/`;
}
