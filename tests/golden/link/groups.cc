// COMDAT groups, an exception table, a virtual table, a constructor that runs first.
template <class T> T larger(T a, T b) { return a > b ? a : b; }
struct Shape { virtual int area() const; virtual ~Shape(); int side; };
int Shape::area() const { return side * side; }
Shape::~Shape() {}
static int started = larger(1, 2) + []() { static int n; return ++n; }();
int measure(const Shape &shape) {
    try { return larger(shape.area(), started); } catch (int code) { return code; }
}
