package org.segloss4j.internal.loss.peers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The parameters of a loss of another library, as its constructor takes them. A builder asks for every one that there
 * is, whether it was given or not; {@link #finish} then refuses what nobody asked for.
 */
final class Parameters {

    private final String loss;
    private final Map<String, Object> rest;
    private final List<String> known = new ArrayList<>();
    private final Integer channels;
    private final OfferedWeights offered;

    /**
     * Copies what was given.
     *
     * @param loss    name of the loss, for messages
     * @param given   values by name; null stands for the library's default. {@code channels} is no parameter of the
     *                library, but what it reads off the predictions: how many channels they have
     * @param offered class weights for a loss that has a parameter for them which was not given
     */
    Parameters(String loss, Map<String, ?> given, OfferedWeights offered) {
        this.loss = loss;
        this.offered = offered;
        rest = new LinkedHashMap<>(given);
        channels = wholeOrNull("channels", null);
        known.clear();
        require(channels == null || channels > 0, "channels", channels, "at least 1");
    }

    /** How many channels the predictions have, or null if nobody said it. */
    Integer channels() {
        return channels;
    }

    /** Whether the predictions are known to have no more channels than some. */
    boolean hasAtMost(int some) {
        return channels != null && channels <= some;
    }

    /** The name of the loss. */
    String loss() {
        return loss;
    }

    /** The value of a parameter, or null. */
    Object take(String name) {
        known.add(name);
        return rest.remove(name);
    }

    /** Whether a value is a number and no list of numbers. */
    boolean isNumber(String name) {
        return rest.get(name) instanceof Number;
    }

    boolean flag(String name, boolean otherwise) {
        Object value = take(name);
        require(value == null || value instanceof Boolean, name, value, "True or False");
        return value == null ? otherwise : (Boolean) value;
    }

    double number(String name, double otherwise) {
        Double value = numberOrNull(name);
        return value == null ? otherwise : value;
    }

    Double numberOrNull(String name) {
        Object value = take(name);
        require(value == null || value instanceof Number, name, value, "a number");
        return value == null ? null : ((Number) value).doubleValue();
    }

    Integer wholeOrNull(String name, Integer otherwise) {
        Double value = numberOrNull(name);
        return value == null ? otherwise : whole(name, value);
    }

    /** One number, or as many as there are classes. */
    List<Double> numbersOrNull(String name) {
        Object value = take(name);
        if (value == null) {
            return null;
        }
        List<?> list = list(name, value, "a number or a list of numbers");
        return list.stream().map(each -> {
            require(each instanceof Number, name, value, "a number or a list of numbers");
            return ((Number) each).doubleValue();
        }).toList();
    }

    /** The weights of all classes, as they were given or else as they are offered. */
    List<Double> classWeightsOrNull(String name) {
        return offered.or(numbersOrNull(name), all -> all);
    }

    /** The weights of the classes of some indexes, in their order; of all classes if there are no indexes. */
    List<Double> classWeightsOrNull(String name, List<Integer> indexes) {
        return offered.or(numbersOrNull(name), all -> indexes == null ? all : indexes.stream().map(c -> {
            require(c >= 0 && c < all.size(), "classes", indexes, "among " + all.size() + " classes");
            return all.get(c);
        }).toList());
    }

    /** The weights of all classes, or of all but the background where that does not take part; none of the only one. */
    List<Double> classWeightsOrNull(String name, boolean background) {
        return offered.or(numbersOrNull(name), all -> background ? all
                : all.size() < 3 ? null : all.subList(1, all.size()));
    }

    /** The weights of all channels, which are given as {@link #perChannelOrNull} reads them. */
    List<Double> channelWeightsOrNull(String name) {
        return offered.or(perChannelOrNull(name), all -> all);
    }

    /**
     * One number, or one for each channel, as tensors are that Python spreads over predictions of N × C × H × W: of
     * C × 1 × 1 or 1 × C × 1 × 1. A plain list is taken as one per channel.
     */
    List<Double> perChannelOrNull(String name) {
        Object value = take(name);
        if (value == null) {
            return null;
        }
        String wanted = "a number, or numbers for each channel such as [[[1]], [[2]]]";
        List<?> axis = list(name, value, wanted);
        boolean isNested = false;
        while (axis.size() == 1 && !(axis.get(0) instanceof Number)) {
            axis = list(name, axis.get(0), wanted);
            isNested = true;
        }
        require(!isNested || axis.size() == 1 || !(axis.get(0) instanceof Number), name, value, wanted);
        return axis.stream().map(each -> {
            Object inner = each;
            while (!(inner instanceof Number)) {
                List<?> deeper = list(name, inner, wanted);
                require(deeper.size() == 1, name, value, wanted);
                inner = deeper.get(0);
            }
            return ((Number) inner).doubleValue();
        }).toList();
    }

    List<Integer> wholesOrNull(String name) {
        List<Double> numbers = numbersOrNull(name);
        return numbers == null ? null : numbers.stream().map(number -> whole(name, number)).toList();
    }

    /** Rows of numbers. */
    List<List<Double>> matrix(String name) {
        Object value = take(name);
        require(value != null, name, null, "a matrix, such as [[0, 1], [1, 0]]");
        List<List<Double>> rows = new ArrayList<>();
        for (Object row : list(name, value, "a matrix")) {
            rows.add(list(name, row, "a matrix").stream().map(each -> {
                require(each instanceof Number, name, value, "a matrix of numbers");
                return ((Number) each).doubleValue();
            }).toList());
        }
        return rows;
    }

    /** One of some words, in small letters; null for the default makes the parameter a required one. */
    String choice(String name, String otherwise, String... allowed) {
        Object value = take(name);
        String wanted = "one of " + String.join(", ", allowed);
        require(value != null || otherwise != null, name, null, wanted);
        String text = value == null ? otherwise : value.toString().toLowerCase(Locale.ROOT);
        require(Arrays.asList(allowed).contains(text), name, value, wanted);
        return text;
    }

    /** The parameters of a part, which Python writes as a dictionary. */
    Parameters nested(String name) {
        Object value = take(name);
        require(value == null || value instanceof Map<?, ?>, name, value, "a dictionary");
        Map<String, Object> inner = new LinkedHashMap<>();
        if (value != null) {
            ((Map<?, ?>) value).forEach((key, each) -> inner.put(String.valueOf(key), each));
        }
        return new Parameters(name + " of " + loss, inner, offered);
    }

    /** Refuses a parameter that has another value than the only one that is supported. */
    void only(String name, Object supported, String why) {
        Object value = take(name);
        if (value != null && !value.equals(supported)) {
            throw new IllegalArgumentException(name + " of " + loss + " is " + value + ", but " + why);
        }
    }

    /**
     * To be called when all parameters have been asked for.
     *
     * @throws IllegalArgumentException if there are others; names those that are known
     */
    void finish() {
        if (!rest.isEmpty()) {
            throw new IllegalArgumentException(loss + " has no parameter " + String.join(", ", rest.keySet())
                    + "; known are " + String.join(", ", known));
        }
    }

    private List<?> list(String name, Object value, String wanted) {
        if (value instanceof double[] numbers) {
            return Arrays.stream(numbers).boxed().toList();
        }
        if (value instanceof int[] numbers) {
            return Arrays.stream(numbers).boxed().toList();
        }
        if (value instanceof Object[] rows) {
            return Arrays.asList(rows);
        }
        require(value instanceof List<?> || value instanceof Number, name, value, wanted);
        return value instanceof List<?> list ? list : List.of(value);
    }

    private Integer whole(String name, double value) {
        require(value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE, name, value, "whole numbers");
        return (int) value;
    }

    private void require(boolean condition, String name, Object value, String wanted) {
        if (!condition) {
            throw new IllegalArgumentException(name + " of " + loss + (value == null ? " is missing" : " is " + value)
                    + ", but must be " + wanted);
        }
    }
}
