// What follows from what a service is.

import type { ServiceInfo } from '../ipc/bindings';

/** A folder is a place, not a person: the one that is read from is never the one that is written to. */
export const isPlace = (service: ServiceInfo): boolean => service.sign_in.every(({ id }) => id === 'folder');
