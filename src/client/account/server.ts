/**
 * Which server answers an AWS client: seen on the requests, because an endpoint may be set by variable, by profile or in code.
 * @module
 */
export const AWS_HOST = /\.(?:amazonaws\.com(?:\.cn)?|api\.aws|amazonaws\.eu)$/;

interface Watchable {
  middlewareStack: {
    add(
      middleware: <Args extends { request: unknown }, Output>(
        next: (args: Args) => Promise<Output>,
      ) => (args: Args) => Promise<Output>,
      options: { step: 'finalizeRequest'; name: string },
    ): void;
  };
}

/** @param see  gets the host that each request goes to, and the address as people write it; what it throws ends the call */
export function hostSeen({ middlewareStack }: Watchable, see: (host: string, address: string) => void): void {
  middlewareStack.add(
    (next) => (args) => {
      const { protocol, hostname, port } = args.request as { protocol: string; hostname: string; port?: number };
      see(hostname, `${protocol}//${hostname}${port ? `:${port}` : ''}`);
      return next(args);
    },
    { step: 'finalizeRequest', name: 'hostSeen' },
  );
}
