int tab[4] = {1, 2, 3, 4};
const char msg[] = "hi";
int f(int x) { return tab[x & 3] + msg[x & 1]; }
