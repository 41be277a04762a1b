/** Who the proxy is to its upstream. */
export interface Credentials {
  /** `<token>`: the secret is an identity token, as Docker's credential helpers have it. */
  readonly username: string;
  readonly secret: string;
}
