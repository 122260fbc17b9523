package org.segloss4j.cli.demo;

import java.awt.geom.AffineTransform;
import java.awt.geom.Area;
import java.awt.geom.Ellipse2D;
import java.awt.geom.Path2D;
import java.awt.geom.Rectangle2D;

/** The classes of the built-in data, beside the background: forms of radius 1 around the origin. */
enum Shape {
    CIRCLE("circle", 0.58f, 0.34, 1.00) {
        @Override
        Area area() {
            return new Area(new Ellipse2D.Double(-0.9, -0.9, 1.8, 1.8));
        }
    },
    SQUARE("square", 0.08f, 0.25, 1.00) {
        @Override
        Area area() {
            return new Area(new Rectangle2D.Double(-0.8, -0.8, 1.6, 1.6));
        }
    },
    TRIANGLE("triangle", 0.36f, 0.23, 1.05) {
        @Override
        Area area() {
            return star(3, 0.5);
        }
    },
    RING("ring", 0.80f, 0.08, 0.90) {
        @Override
        Area area() {
            Area ring = new Area(new Ellipse2D.Double(-1, -1, 2, 2));
            ring.subtract(new Area(new Ellipse2D.Double(-0.5, -0.5, 1, 1)));
            return ring;
        }
    },
    STAR("star", 0.16f, 0.10, 0.80) {
        @Override
        Area area() {
            return star(5, 0.45);
        }
    };

    private final String title;
    private final float hue;
    private final double share;
    private final double size;

    Shape(String title, float hue, double share, double size) {
        this.title = title;
        this.hue = hue;
        this.share = share;
        this.size = size;
    }

    /** The form itself. */
    abstract Area area();

    String title() {
        return title;
    }

    /** Its label; the background is 0. */
    int label() {
        return ordinal() + 1;
    }

    /** The hue around which its colours lie, from 0 to 1. */
    float hue() {
        return hue;
    }

    /** How large it is beside the others. */
    double size() {
        return size;
    }

    /** A shape by its share among all; shares add up to 1. */
    static Shape at(double chance) {
        double below = 0;
        for (Shape shape : values()) {
            below += shape.share;
            if (chance < below) {
                return shape;
            }
        }
        return CIRCLE;
    }

    /** The form, turned, scaled and moved. */
    Area placed(double x, double y, double radius, double angle) {
        AffineTransform place = AffineTransform.getTranslateInstance(x, y);
        place.rotate(angle);
        place.scale(radius * size, radius * size);
        return area().createTransformedArea(place);
    }

    private static Area star(int points, double inner) {
        Path2D path = new Path2D.Double();
        for (int k = 0; k < 2 * points; k++) {
            double radius = k % 2 == 0 ? 1 : inner;
            double x = radius * Math.sin(Math.PI * k / points);
            double y = -radius * Math.cos(Math.PI * k / points);
            if (k == 0) {
                path.moveTo(x, y);
            } else {
                path.lineTo(x, y);
            }
        }
        path.closePath();
        return new Area(path);
    }
}
