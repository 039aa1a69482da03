export class Sockets { upgrade(r, s) { s.destroy() } }
